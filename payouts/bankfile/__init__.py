"""Payouts that a person pays at our bank, by a file that lists them."""
