"""The one suite that every transfer provider passes unchanged."""
