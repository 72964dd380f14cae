"""Stripe behind the contract."""
