"""Captures an authorized payment: intent, call, outcome."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from config.calls.services import open_call
from config.kernel.errors import Conflict, Unavailable
from config.kernel.faultpoints import reached
from config.kernel.money import Money
from orders.order.queries import lock_order
from payments.charges.models import Payment
from payments.charges.queries import lock_payment
from payments.charges.services.calling import answer_of
from payments.charges.services.record import observe_payment, record_answer
from payments.charges.states import PaymentStatus
from payments.gateways.contract import Outcome
from payments.gateways.registry import gateway_for


class NotAuthorized(Conflict):
    """There is no authorization to capture."""

    code = "payment_not_authorized"


class CaptureNotTaken(Unavailable):
    """The gateway did not take the capture; nothing moved yet. It is sent again."""

    code = "capture_not_taken"


def capture_payment(*, payment_id: str, actor: str, reason: str, at: datetime) -> str:
    """Takes the authorized money of a payment that is captured later. Returns the call's outcome.

    Raises NotAuthorized, OpenCallExists.
    """
    with transaction.atomic():
        known = Payment.objects.get(public_id=payment_id)
        order = lock_order(known.ref)
        payment = lock_payment(known.pk)
        if payment.status != PaymentStatus.AUTHORIZED or order.status != "pending_payment":
            raise NotAuthorized(f"the payment is {payment.status} and its order {order.status}")
        call = open_call(
            subject=payment,
            operation="payment.capture",
            service=payment.gateway_account.gateway,
            account=payment.gateway_account.code,
            actor=actor,
            facts={"payment": payment_id, "amount_minor": payment.amount_minor, "reason": reason},
            at=at,
        )
    reached("payment.capture.intended")
    gateway = gateway_for(payment.gateway_account.code)
    answer = answer_of(
        lambda: gateway.capture_payment(
            key=call.public_id,
            gateway_payment_id=payment.gateway_payment_id or "",
            amount=Money(payment.amount_minor, payment.currency),
        )
    )
    reached("payment.capture.answered")
    with transaction.atomic():
        lock_order(payment.ref)
        record_answer(call=call, answer=answer, outcome=answer.outcome, at=at)
        if answer.payment is not None:
            observe_payment(payment=payment, view=answer.payment, actor=actor, at=at)
    reached("payment.capture.recorded")
    return str(answer.outcome)


def capture_after_all(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `payment.authorized`: a payment that the gateway should have captured by itself and that it only
    authorized, as Razorpay does where the bank's yes came late. Taken while its order may still be paid; else left
    alone, so that the gateway lets it go.

    Raises CaptureNotTaken when nothing was executed, so that the outbox tries again.
    """
    payment = Payment.objects.select_related("order").get(public_id=payload["payment"])
    is_payable = payment.order is not None and payment.order.status == "pending_payment"
    if payment.status != PaymentStatus.AUTHORIZED or payment.capture_manually or not is_payable:
        return
    outcome = capture_payment(
        payment_id=payment.public_id, actor="system:late_authorization", reason="authorized after all", at=at
    )
    if outcome == Outcome.NOT_EXECUTED:
        raise CaptureNotTaken
