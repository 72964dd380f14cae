"""Gathers this app's tables for Django."""

from payouts.bankfile.models import BankResult, PayoutFile
from payouts.kept.models import KeptMoney
from payouts.payees.models import Destination, Payee, PayeeAccount
from payouts.payout.models import BatchRow, Payout, PayoutBatch
from payouts.reversals.models import Reversal
from payouts.scouts.models import Bounty, BountyRate, Referral, Scout
from payouts.treasury.models import FloatCredit, FloatMove
from payouts.unpaid.models import UnpaidMoney

__all__ = [
    "BankResult",
    "BatchRow",
    "Bounty",
    "BountyRate",
    "Destination",
    "FloatCredit",
    "FloatMove",
    "KeptMoney",
    "Payee",
    "PayeeAccount",
    "Payout",
    "PayoutBatch",
    "PayoutFile",
    "Referral",
    "Reversal",
    "Scout",
    "UnpaidMoney",
]
