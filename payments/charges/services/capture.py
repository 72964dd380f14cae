"""Books captured money: what pays the order goes into holds, the rest goes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from config.audit.services import move
from config.kernel.money import Money
from config.outbox.services import emit
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import freeze_deadlines
from orders.order.models import Order
from orders.order.services import take_payment
from payments.charges import rules
from payments.charges.models import Payment
from payments.charges.services.fee import estimate_fee
from payments.charges.states import PaymentStatus
from payments.escrow.services.open import open_holds
from payments.gateways.payment_views import CaptureFact, PaymentView
from payments.ledger import recipes
from payments.ledger.services import is_posted, post
from payments.refunds.services.request import refund_unapplied
from payments.reviews.services.suspect import freeze_for_open_reviews


def book_capture(
    *,
    order: Order,
    fulfilments: list[Fulfilment],
    payment: Payment,
    others: Sequence[Payment],
    fact: CaptureFact,
    view: PaymentView,
    actor: str,
    at: datetime,
) -> bool:
    """Books one captured charge of `payment`, in the caller's transaction; False when it stands in the books already.

    The order takes exactly what it is due and only while it may be paid; its holds open in the same commit. Money
    that it cannot take is unapplied and refunded by the machine. The caller holds the locks of all rows; `others` are
    the order's other payments.
    """
    if payment.captured_minor and is_posted(f"capture:{fact.charge_id}"):
        return False
    split = rules.apply_capture(
        captured_minor=fact.amount.amount_minor,
        due_minor=order.due_minor,
        same_currency=fact.amount.currency == order.currency,
        is_payable=order.status == "pending_payment",
    )
    _move(payment, fact, view, applied_minor=split.applied_minor, actor=actor, at=at)
    holds = open_holds(order=order, payment=payment, fulfilments=fulfilments, at=at) if split.applied_minor else []
    freeze_for_open_reviews(payment=payment, holds=holds, actor=actor, at=at)
    unapplied = Money(split.unapplied_minor, fact.amount.currency)
    post(
        recipes.capture(
            charge_id=fact.charge_id,
            account=payment.gateway_account.code,
            payment_id=payment.public_id,
            holds=[
                recipes.HoldPart(
                    hold_id=hold.public_id, owner=hold.owner, amount=Money(hold.amount_minor, hold.currency)
                )
                for hold in holds
            ],
            unapplied=unapplied,
        ),
        actor=actor,
        at=at,
        effective_at=fact.at,
    )
    estimate_fee(payment=payment, charge_id=fact.charge_id, captured=fact.amount, actor=actor, at=at)
    if split.applied_minor:
        _pay_order(order, fulfilments, payment, others, applied_minor=split.applied_minor, actor=actor, at=at)
    if unapplied:
        charge_id = fact.charge_id
        refund_unapplied(payment=payment, fact=charge_id, charge_id=charge_id, amount=unapplied, why=split.why, at=at)
    return True


def _move(
    payment: Payment, fact: CaptureFact, view: PaymentView, *, applied_minor: int, actor: str, at: datetime
) -> None:
    changes: dict[str, Any] = {
        **untold(payment, view),
        "captured_minor": payment.captured_minor + fact.amount.amount_minor,
        "applied_minor": payment.applied_minor + applied_minor,
        # The first one stays: it is what paid the debt. What came by another goes back to where that came from.
        "charge_id": payment.charge_id or fact.charge_id,
        "is_processing": False,
        "captured_at": payment.captured_at or fact.at,
    }
    if not move(payment, to=PaymentStatus.CAPTURED, actor=actor, at=at, **changes):
        # A second charge on the same object: the label stays, the sums grow.
        Payment.objects.filter(pk=payment.pk).update(**changes)
        for name, value in changes.items():
            setattr(payment, name, value)


def untold(payment: Payment, view: PaymentView) -> dict[str, str]:
    """What this view says and none before it did: the gateway's ids, and how it was paid. (How it was tried before,
    in vain, is not how it was paid.)"""
    told = {"gateway_payment_id": view.gateway_payment_id, "gateway_order_id": view.session_id}
    if view.captures:
        told |= {"method": view.method, "network": view.network, "last4": view.last4}
    return {name: value for name, value in told.items() if value and not getattr(payment, name)}


def _pay_order(
    order: Order,
    fulfilments: list[Fulfilment],
    payment: Payment,
    others: Sequence[Payment],
    *,
    applied_minor: int,
    actor: str,
    at: datetime,
) -> None:
    freeze_deadlines(fulfilments=fulfilments, at=at, policy=settings.POLICY)
    take_payment(
        order,
        amount_minor=applied_minor,
        actor=actor,
        at=at,
        parts=fulfilments,
        open_attempts=sum(other.is_open for other in others),
    )
    if any(other.closed_at is None and not other.captured_minor for other in others):
        emit("payment.surplus", fact_key=payment.public_id, payload={"order": order.public_id}, at=at)
