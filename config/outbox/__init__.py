"""What we must do."""
