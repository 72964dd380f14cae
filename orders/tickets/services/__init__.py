"""Verbs of tickets: list, reserve, keep, send out, hand over, give back."""
