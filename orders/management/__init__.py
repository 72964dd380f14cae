"""Commands for operators of orders."""
