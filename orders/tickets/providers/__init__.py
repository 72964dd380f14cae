"""Whoever hands event tickets to their buyers: one contract, its adapters, their one suite."""
