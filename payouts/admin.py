"""Gathers the pages of this app."""

from payouts.bankfile.admin import PayoutFileAdmin
from payouts.payees.admin import DestinationAdmin, PayeeAdmin
from payouts.payout.admin import PayoutAdmin, PayoutBatchAdmin
from payouts.reversals.admin import ReversalAdmin
from payouts.scouts.admin import BountyAdmin, BountyRateAdmin, ScoutAdmin
from payouts.treasury.admin import FloatCreditAdmin, FloatMoveAdmin

__all__ = [
    "BountyAdmin",
    "BountyRateAdmin",
    "DestinationAdmin",
    "FloatCreditAdmin",
    "FloatMoveAdmin",
    "PayeeAdmin",
    "PayoutAdmin",
    "PayoutBatchAdmin",
    "PayoutFileAdmin",
    "ReversalAdmin",
    "ScoutAdmin",
]
