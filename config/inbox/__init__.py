"""What the outside told us."""
