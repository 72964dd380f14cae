"""Stripe as its callers see it: API version 2026-10-28.endive."""
