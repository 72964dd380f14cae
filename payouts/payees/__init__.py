"""Payees: who is paid, where to, when, and why not."""
