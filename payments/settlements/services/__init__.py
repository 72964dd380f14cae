"""What is done about settlements."""
