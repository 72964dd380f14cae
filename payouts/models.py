"""Gathers this app's tables for Django."""

from payouts.payees.models import Destination, Payee, PayeeAccount
from payouts.payout.models import Payout, PayoutBatch

__all__ = ["Destination", "Payee", "PayeeAccount", "Payout", "PayoutBatch"]
