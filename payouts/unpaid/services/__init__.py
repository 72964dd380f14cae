"""What is done about money that waits for its payee."""
