"""Commands for operators of payments."""
