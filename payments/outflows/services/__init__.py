"""What is done about money that left unexplained."""
