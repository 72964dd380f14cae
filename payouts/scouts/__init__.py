"""Scouts: who brought whom, and what that earns them."""
