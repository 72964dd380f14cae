"""Razorpay's entities, as plain JSON, in the words of the contract. Pure.

The payment object of the contract is Razorpay's *order*; each of its payments is an attempt, and the one that was
captured is the charge. What an entity does not say is left empty, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from config.calls.fields import (
    JSON,
    flag_or_false,
    instant,
    part,
    text,
    text_or_empty,
    unreadable,
)
from payments.gateways.failures import GatewayFailure
from payments.gateways.frugal import may_be_indian
from payments.gateways.payment_views import CaptureFact, PaymentState, PaymentView
from payments.gateways.razorpay.fields import CALL_MARK, PAYMENT_MARK, REFUND_MARK, TOKEN_MARK, a, mark, money
from payments.gateways.readings import CUSTOMER_NEEDED
from payments.gateways.refund_views import RefundState, RefundView

# Methods whose payment waits on a page that the customer may simply leave; the others are decided elsewhere.
ON_A_PAGE: Final = frozenset({"card", "emi"})
RAN_OUT: Final = "not_captured_in_time"
# Why a bank declines with nobody present that would take the customer's own yes.
WANTS_CUSTOMER: Final = frozenset({"authentication_failed"})
RETURNED: Final = ":returned"  # after a refund's id: the movement of what came back of it
_REFUND_STATES: Final = {
    "created": RefundState.PENDING,
    "pending": RefundState.PENDING,
    "processed": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
}


def payment_from_order(
    obj: object, attempts: Iterable[object], *, livemode: bool, seen_at: datetime | None = None
) -> PaymentView:
    """An order with its attempts, newest first. `seen_at` dates what was captured; without it the attempt's own
    beginning does, for Razorpay tells no other instant. Raises UnreadableObject."""
    order = a("order", obj)
    payments = [a("payment", attempt) for attempt in attempts]
    token_id = mark(order, TOKEN_MARK)
    deciding = _deciding(payments, token_id)
    return PaymentView(
        gateway_payment_id=text(order, "id"),
        session_id="",
        our_id=mark(order, PAYMENT_MARK) or text_or_empty(order, "receipt"),
        call_id=mark(order, CALL_MARK),
        state=_state_of(deciding, token_id) if deciding is not None else PaymentState.PENDING,
        amount=money(order, "amount"),
        captures=tuple(_capture_of(payment, seen_at) for payment in payments if is_captured(payment)),
        livemode=livemode,
        created_at=instant(order, "created_at"),
        **_of_the_attempt(deciding, token_id),
    )


def payment_from_attempt(obj: object, *, livemode: bool, seen_at: datetime | None = None) -> PaymentView:
    """One payment, as a view of the order that it belongs to; the order's own marks are not on it."""
    payment = a("payment", obj)
    return PaymentView(
        gateway_payment_id=text_or_empty(payment, "order_id"),
        session_id="",
        our_id=mark(payment, PAYMENT_MARK),
        call_id=mark(payment, CALL_MARK),
        state=_state_of(payment),
        amount=money(payment, "amount"),
        captures=(_capture_of(payment, seen_at),) if is_captured(payment) else (),
        livemode=livemode,
        created_at=instant(payment, "created_at"),
        **_of_the_attempt(payment),
    )


def refund_view(obj: object, *, payment: object = None, gateway_payment_id: str = "") -> RefundView:
    """A refund, with the payment that it gives back where that is known. One of a payment that was never captured only
    lets go of it: Razorpay's own, for which no money of ours moved.

    Source: razorpay.com/docs/webhooks/refunds (`payload.payment.entity.captured` is false for auto-refunds).
    """
    refund = a("refund", obj)
    paid = a("payment", payment) if payment is not None else None
    state = _REFUND_STATES.get(text(refund, "status"))
    if state is None:
        raise unreadable(refund, "status")
    refund_id = text(refund, "id")
    acquirer = part(refund, "acquirer_data")
    return RefundView(
        refund_id=refund_id,
        our_id=mark(refund, REFUND_MARK),
        call_id=mark(refund, CALL_MARK),
        charge_id=text(refund, "payment_id"),
        gateway_payment_id=gateway_payment_id or (text_or_empty(paid, "order_id") if paid is not None else ""),
        state=state,
        amount=money(refund, "amount"),
        at=instant(refund, "created_at"),
        failure=GatewayFailure(code="failed") if state is RefundState.FAILED else None,
        balance_transaction_id="" if state is RefundState.PENDING else refund_id,
        failure_balance_transaction_id=f"{refund_id}{RETURNED}" if state is RefundState.FAILED else "",
        reference=text_or_empty(acquirer, "arn") or text_or_empty(acquirer, "rrn"),
        is_release=paid is not None and _was_never_captured(paid),
    )


def authorized(attempts: Iterable[JSON]) -> JSON | None:
    """The attempt that waits to be captured, if one does."""
    return next((each for each in attempts if each.get("status") == "authorized"), None)


def captured(attempts: Iterable[JSON]) -> JSON | None:
    """The attempt that took the money, if one did."""
    return next((each for each in attempts if is_captured(each)), None)


def _deciding(payments: list[JSON], token_id: str) -> JSON | None:
    """The attempt that says where the order stands: what took money, else what may still take it, else the newest."""

    def rank(payment: JSON) -> int:
        order = (PaymentState.CAPTURED, PaymentState.AUTHORIZED, PaymentState.PROCESSING)
        state = _state_of(payment, token_id)
        return order.index(state) if state in order else len(order)

    return min(payments, key=rank) if payments else None


def _is_unattended(payment: JSON, token_id: str) -> bool:
    """Whether the token that the order is for was charged, with nobody present."""
    return bool(token_id) and text_or_empty(payment, "token_id") == token_id


def _state_of(payment: JSON, token_id: str = "") -> PaymentState:
    """`token_id`: of an order that is charged with nobody present. What waits of such a charge is with the bank."""
    match text(payment, "status"):
        case "captured":
            return PaymentState.CAPTURED
        case "refunded":  # all of it: what was captured stays captured, the rest had run out
            return PaymentState.CAPTURED if is_captured(payment) else PaymentState.EXPIRED
        case "authorized":
            return PaymentState.AUTHORIZED
        case "failed":
            return PaymentState.FAILED
        case "created":
            on_a_page = text_or_empty(payment, "method") in ON_A_PAGE and not _is_unattended(payment, token_id)
            return PaymentState.PENDING if on_a_page else PaymentState.PROCESSING
        case _:
            raise unreadable(payment, "status")


def is_captured(payment: JSON) -> bool:
    """Whether it took money. Some events of Razorpay's own say `captured: true` beside `authorized` or `failed`: the
    status counts, and the flag only where all of the money went back."""
    status = payment.get("status")
    return status == "captured" or (status == "refunded" and flag_or_false(payment, "captured"))


def _was_never_captured(payment: JSON) -> bool:
    """Of a payment that is refunded: what says that it took money, be it only the flag, is no auto-refund."""
    return not is_captured(payment) and not flag_or_false(payment, "captured")


def _capture_of(payment: JSON, seen_at: datetime | None) -> CaptureFact:
    """The movement of our balance has the payment's own id; while its fee is unknown there is none to speak of."""
    payment_id = text(payment, "id")
    return CaptureFact(
        charge_id=payment_id,
        amount=money(payment, "amount"),
        at=seen_at or instant(payment, "created_at"),
        balance_transaction_id=payment_id if payment.get("fee") is not None else "",
    )


def _of_the_attempt(payment: JSON | None, token_id: str = "") -> dict[str, Any]:
    if payment is None:
        return {}
    card = part(payment, "card")
    state = _state_of(payment, token_id)
    network = "" if may_be_indian(card) else text_or_empty(card, "network")
    return {
        "authorized_minor": money(payment, "amount").amount_minor if state is PaymentState.AUTHORIZED else 0,
        "method": text_or_empty(payment, "method"),
        "network": network or text_or_empty(payment, "wallet") or text_or_empty(payment, "bank"),
        "last4": text_or_empty(card, "last4"),
        "failure": _failure_of(payment, state, is_unattended=_is_unattended(payment, token_id)),
    }


def _failure_of(payment: JSON, state: PaymentState, *, is_unattended: bool) -> GatewayFailure | None:
    if state is PaymentState.EXPIRED:
        return GatewayFailure(code=RAN_OUT)
    if state is not PaymentState.FAILED:
        return None
    reason = text_or_empty(payment, "error_reason")
    wants_customer = is_unattended and reason in WANTS_CUSTOMER
    return GatewayFailure(
        code=CUSTOMER_NEEDED if wants_customer else text_or_empty(payment, "error_code") or "failed",
        detail=text_or_empty(payment, "error_description"),
        decline_code=CUSTOMER_NEEDED if wants_customer else reason,
    )
