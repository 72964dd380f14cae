"""Money that is nobody's yet."""
