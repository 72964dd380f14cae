"""Transfers of tickets to their buyers: ours of what a provider does."""
