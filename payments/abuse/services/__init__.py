"""What is done about abuse."""
