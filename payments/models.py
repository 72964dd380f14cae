"""Gathers this app's tables for Django."""

from payments.charges.models import GatewayAccount, GatewayTransaction, Payment
from payments.escrow.models import EscrowHold, HoldFreeze
from payments.health.models import GatewayHealth
from payments.ledger.models import LedgerEntry, LedgerLine, PayeeBalance, SealedBalance
from payments.refunds.models import FormerRefund, Refund, RefundProposal, RefundShare

__all__ = [
    "EscrowHold",
    "FormerRefund",
    "GatewayAccount",
    "GatewayHealth",
    "GatewayTransaction",
    "HoldFreeze",
    "LedgerEntry",
    "LedgerLine",
    "PayeeBalance",
    "Payment",
    "Refund",
    "RefundProposal",
    "RefundShare",
    "SealedBalance",
]
