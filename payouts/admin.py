"""Gathers the pages of this app."""

from payouts.payees.admin import DestinationAdmin, PayeeAdmin

__all__ = ["DestinationAdmin", "PayeeAdmin"]
