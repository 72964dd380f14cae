"""Takes in an object of the gateway that carries a payment's mark and is not that payment's object."""

from __future__ import annotations

import logging
from datetime import datetime

from config.audit.services import record
from orders.order.queries import lock_order
from payments.charges import rules
from payments.charges.models import Payment
from payments.gateways.payment_views import PaymentView

log = logging.getLogger(__name__)


def is_that(payment: Payment, view: PaymentView) -> bool:
    """Whether the gateway's object is this payment's: anybody with the account can write a mark."""
    return rules.is_the_same(
        known_ids=(payment.gateway_payment_id, payment.gateway_order_id),
        known=payment.amount,
        ids=(view.gateway_payment_id, view.session_id),
        amount=view.amount,
    )


def adopt(*, marked: Payment, view: PaymentView, actor: str, at: datetime) -> Payment:
    """A payment of its own for the stray object, in the caller's transaction: its money is booked there, and given
    back to whom it was taken from, and what becomes of it moves no label of ours."""
    lock_order(marked.ref)
    names = {"gateway_payment_id": view.gateway_payment_id, "gateway_order_id": view.session_id}
    known = {name: value for name, value in names.items() if value}
    payment, is_new = Payment.objects.select_related("gateway_account", "order").get_or_create(
        gateway_account=marked.gateway_account,
        **dict([next(iter(known.items()))]),
        defaults={
            "purpose": marked.purpose,
            "ref": marked.ref,
            "order": marked.order,
            "amount_minor": view.amount.amount_minor,
            "currency": view.amount.currency,
            "livemode": marked.livemode,
            "hosted": bool(view.session_id),
            "created_at": at,
        },
    )
    if is_new:
        log.error("an object that is not ours carries our mark", extra={"payment": marked.public_id, **known})
        record(payment, act="adopted", actor=actor, at=at, reason=f"it carries the mark of {marked.public_id}")
    return payment
