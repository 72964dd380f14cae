"""Gathers this app's tables for Django."""

from payments.abuse.models import Block, CardDecline, PaymentOrigin
from payments.charges.models import GatewayAccount, GatewayTransaction, Payment
from payments.debts.models import DebtProposal
from payments.disputes.models import Dispute, DisputeEvidence, DisputeMovement, DisputeShare, EvidenceFile
from payments.escrow.models import EscrowHold, HoldFreeze
from payments.health.models import GatewayHealth
from payments.ledger.models import LedgerEntry, LedgerLine, PayeeBalance, SealedBalance
from payments.methods.models import GatewayCustomer, MethodSetup, SavedMethod
from payments.outflows.models import Outflow
from payments.refunds.models import FormerRefund, Refund, RefundProposal, RefundShare
from payments.reserves.models import DisputeReserve, ReserveSlice, ReserveTerms
from payments.reviews.models import Review
from payments.settlements.models import Settlement
from payments.watching.models import Watch

__all__ = [
    "Block",
    "CardDecline",
    "DebtProposal",
    "Dispute",
    "DisputeEvidence",
    "DisputeMovement",
    "DisputeReserve",
    "DisputeShare",
    "EscrowHold",
    "EvidenceFile",
    "FormerRefund",
    "GatewayAccount",
    "GatewayCustomer",
    "GatewayHealth",
    "GatewayTransaction",
    "HoldFreeze",
    "LedgerEntry",
    "LedgerLine",
    "MethodSetup",
    "Outflow",
    "PayeeBalance",
    "Payment",
    "PaymentOrigin",
    "Refund",
    "RefundProposal",
    "RefundShare",
    "ReserveSlice",
    "ReserveTerms",
    "Review",
    "SavedMethod",
    "SealedBalance",
    "Settlement",
    "Watch",
]
