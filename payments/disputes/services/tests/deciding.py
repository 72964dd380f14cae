"""Lets the gateway decide disputes, and reads what that did to balances, payee and order."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings

from orders.order.models import Order
from payments.disputes.models import Dispute
from payments.ledger.checks import broken_truths
from payments.ledger.models import PayeeBalance
from payments.ledger.queries import balance_minor
from payments.refunds.models import Refund
from payments.refunds.services.by_staff import request_refund
from payments.refunds.services.decide import approve_refund
from payments.refunds.services.plan import Wish
from payments.tests.world import World


def balance(account: str) -> int:
    return balance_minor(account, currency="USD")


def balances(*accounts: str) -> dict[str, int]:
    return {account: balance(account) for account in accounts}


def payee() -> tuple[int, int]:
    """(what we owe the only payee, what they owe us)."""
    row = PayeeBalance.objects.get()
    return row.payable_minor, row.receivable_minor


def decided(world: World, gateway_dispute_id: str, *verbs: str, **ordered: Any) -> Dispute:
    """After each verb everything is heard, and the books hold."""
    for verb in verbs:
        world.decide(gateway_dispute_id, verb, **ordered)
        world.hear()
        assert broken_truths() == []
    return Dispute.objects.get(gateway_dispute_id=gateway_dispute_id)


def seen(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.status, order.payment_status


def refunded(world: World, order: Order, amount_minor: int, bearer: str = "") -> Refund:
    """Asked for by one, approved by another, and with the buyer."""
    wish = Wish(amount_minor, bearer=bearer)
    (refund,) = request_refund(order_id=order.public_id, wish=wish, reason="", requester="user:support",
                               policy=django_settings.POLICY, at=world.at)  # fmt: skip
    if refund.status == "requested":
        approve_refund(refund_pk=refund.pk, actor="user:finance", reason="", at=world.at)
    world.hear()
    world.hear()
    refund.refresh_from_db()
    assert refund.status == "succeeded"
    return refund
