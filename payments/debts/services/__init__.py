"""What is done about what payees owe us."""
