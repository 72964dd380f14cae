"""What is done about reserves."""
