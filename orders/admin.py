"""Gathers the pages of the operator site."""
