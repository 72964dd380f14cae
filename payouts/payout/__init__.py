"""Payouts: what was frozen of a payee's balance, sent, and what became of it."""
