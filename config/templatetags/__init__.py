"""What our templates say in one word."""
