"""The words of our templates, tested."""
