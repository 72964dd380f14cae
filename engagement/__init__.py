"""What we know about people, and what we say to them."""
