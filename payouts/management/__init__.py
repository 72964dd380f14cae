"""Commands for operators of money out."""
