"""Stripe Connect as a rail: our balance there, the payee's account, the payee's bank."""
