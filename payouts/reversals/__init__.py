"""Transfers to payees' accounts that are taken back, all or part, as far as the accounts still have it."""
