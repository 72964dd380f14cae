"""Translations of what gateways tell us."""
