"""Statements: what a payee earned, gave back and was paid in a period."""
