"""Commands of money out."""
