"""Wiring and platform: knows the other apps only as dotted strings."""
