"""Books what gateways take: the fee of a movement of our balance with its exchange, or what a fee is reckoned to be."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from config.kernel.money import Money
from payments.charges.models import GatewayTransaction, Payment
from payments.gateways.balance_views import BalanceTransactionView
from payments.gateways.contract import Capability
from payments.gateways.registry import gateway_for
from payments.ledger import recipes
from payments.ledger.services import is_posted, post

# Movements whose amount is booked by the capture or the refund itself, so that the fee and the exchange are left.
MOVED_BY_US = frozenset({"charge", "payment", "refund", "payment_refund", "refund_failure", "payment_failure_refund"})


def record_transaction(
    *, payment: Payment, moved: Money, view: BalanceTransactionView, actor: str, at: datetime
) -> bool:
    """Stores the movement once, in the caller's transaction, and books what it cost; False when it is known.

    `moved` is what moved in the currency of the charge, below zero for a refund; a settlement in another currency
    books the exchange too.
    """
    account = payment.gateway_account
    _, is_new = GatewayTransaction.objects.get_or_create(
        gateway_account=account,
        external_id=view.transaction_id,
        type=view.type,
        defaults={
            "source_id": view.source_id,
            "amount_minor": view.amount_minor,
            "fee_minor": view.fee_minor,
            "tax_minor": view.tax_minor,
            "net_minor": view.net_minor,
            "currency": view.currency,
            "exchange_rate": view.exchange_rate,
            "gateway_created_at": view.created_at,
            "available_at": view.available_at,
            "seen_at": at,
        },
    )
    if view.type not in MOVED_BY_US or is_posted(f"fee:{view.transaction_id}"):
        return is_new
    entry = recipes.gateway_fee(
        transaction_id=view.transaction_id,
        account=account.code,
        payment_id=payment.public_id,
        moved=moved,
        settled=Money(view.amount_minor, view.currency),
        fee=Money(view.fee_minor, view.currency),
        tax=Money(view.tax_minor, view.currency),
    )
    if entry is not None:
        post(entry, actor=actor, at=at, effective_at=view.created_at)
    return is_new


def estimate_fee(*, payment: Payment, charge_id: str, captured: Money, actor: str, at: datetime) -> bool:
    """Books what the policy reckons that the gateway takes of a capture, in the caller's transaction, where the gateway
    shows no true fee; False where there is nothing to book. The settlement trues it up."""
    account = payment.gateway_account.code
    fee, _ = captured.split_bps(settings.POLICY.fee_estimate_bps.get(account, 0))
    if not fee or Capability.BALANCE_TRANSACTIONS in gateway_for(account).capabilities:
        return False
    entry = recipes.fee_estimated(charge_id=charge_id, account=account, payment_id=payment.public_id, fee=fee)
    post(entry, actor=actor, at=at)
    return True
