"""Gathers the pages of this app."""

from payments.abuse.admin import BlockAdmin
from payments.charges.admin import GatewayAccountAdmin, GatewayTransactionAdmin, PaymentAdmin
from payments.disputes.admin import DisputeAdmin
from payments.escrow.admin import EscrowHoldAdmin
from payments.health.admin import GatewayHealthAdmin
from payments.ledger.admin import LedgerEntryAdmin, LedgerLineAdmin
from payments.methods.admin import SavedMethodAdmin
from payments.outflows.admin import OutflowAdmin
from payments.refunds.admin import RefundAdmin
from payments.reserves.admin import PayeeBalanceAdmin
from payments.reviews.admin import ReviewAdmin
from payments.settlements.admin import SettlementAdmin
from payments.watching.admin import WatchAdmin

__all__ = [
    "BlockAdmin",
    "DisputeAdmin",
    "EscrowHoldAdmin",
    "GatewayAccountAdmin",
    "GatewayHealthAdmin",
    "GatewayTransactionAdmin",
    "LedgerEntryAdmin",
    "LedgerLineAdmin",
    "OutflowAdmin",
    "PayeeBalanceAdmin",
    "PaymentAdmin",
    "RefundAdmin",
    "ReviewAdmin",
    "SavedMethodAdmin",
    "SettlementAdmin",
    "WatchAdmin",
]
