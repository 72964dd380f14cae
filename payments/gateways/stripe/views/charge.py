"""Translates a charge: what it took, how it was paid, why it failed."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from config.calls.fields import (
    JSON,
    flag,
    flag_or_false,
    instant,
    part,
    text,
    text_or_empty,
    unreadable,
    whole,
    whole_or,
)
from payments.gateways.failures import GatewayFailure
from payments.gateways.frugal import is_indian
from payments.gateways.payment_views import CaptureFact, PaymentState, PaymentView
from payments.gateways.stripe.amounts import from_wire
from payments.gateways.stripe.fields import a, expanded, id_of, mark, money
from payments.gateways.stripe.views.marks import CALL_MARK, PAYMENT_MARK


def payment_from_charge(obj: object, *, seen_at: datetime | None = None) -> PaymentView:
    """A charge, as a view of the payment it belongs to: it carries the PaymentIntent's metadata and id."""
    charge = a("charge", obj)
    state = _charge_state(charge)
    amount = money(charge, "amount")
    capture = capture_from_charge(charge, seen_at=seen_at)
    way = way_of_paying([charge])
    return PaymentView(
        gateway_payment_id=id_of(charge, "payment_intent"),
        session_id="",
        our_id=mark(charge, PAYMENT_MARK),
        call_id=mark(charge, CALL_MARK),
        state=state,
        amount=amount,
        captures=(capture,) if capture else (),
        authorized_minor=amount.amount_minor if state is PaymentState.AUTHORIZED else 0,
        livemode=flag(charge, "livemode"),
        created_at=instant(charge, "created"),
        failure=_failure_of_charge(charge),
        method=way.method,
        network=way.network,
        last4=way.last4,
        fingerprint=way.fingerprint,
    )


def capture_from_charge(obj: object, *, seen_at: datetime | None = None) -> CaptureFact | None:
    """What this charge really took, or None. Dated by its balance transaction, else `seen_at`, else its creation.

    A pending debit already says `captured: true`; only `succeeded` is money.
    """
    charge = a("charge", obj)
    if _status_of(charge) != "succeeded" or not flag(charge, "captured"):
        return None
    taken = whole_or(charge, "amount_captured", whole(charge, "amount"))
    movement = expanded(charge, "balance_transaction")
    at = instant(movement, "created") if movement is not None else seen_at or instant(charge, "created")
    return CaptureFact(
        charge_id=text(charge, "id"),
        amount=from_wire(taken, text(charge, "currency")),
        at=at,
        balance_transaction_id=id_of(charge, "balance_transaction"),
    )


class WayOfPaying(NamedTuple):
    method: str = ""
    network: str = ""
    last4: str = ""
    fingerprint: str = ""


def way_of_paying(charges: list[JSON]) -> WayOfPaying:
    """How the newest charge was paid: `card` · `visa` · `4242`; of an Indian card without its network."""
    if not charges:
        return WayOfPaying()
    details = part(charges[0], "payment_method_details")
    method = text_or_empty(details, "type")
    inside = part(details, method) if method else {}
    network = "" if is_indian(inside) else text_or_empty(inside, "network") or text_or_empty(inside, "brand")
    return WayOfPaying(method, network, text_or_empty(inside, "last4"), fingerprint_of(inside))


def fingerprint_of(card: JSON) -> str:
    """What is the same for the same card. Of Indian cards nothing but the last four digits and the issuer is kept."""
    return "" if is_indian(card) else text_or_empty(card, "fingerprint")


def _charge_state(charge: JSON) -> PaymentState:
    match _status_of(charge):
        case "succeeded" if flag(charge, "captured"):
            return PaymentState.CAPTURED
        case "succeeded" if flag_or_false(charge, "refunded"):  # how an authorisation looks that was let go
            return PaymentState.CANCELLED
        case "succeeded":
            return PaymentState.AUTHORIZED
        case "pending":
            return PaymentState.PROCESSING
        case "failed":
            return PaymentState.FAILED
        case _:
            raise unreadable(charge, "status")


def _status_of(charge: JSON) -> str:
    """Charges of before 2015 have no status, only `paid`."""
    if charge.get("status") is None and "paid" in charge:
        return "succeeded" if flag(charge, "paid") else "failed"
    return text(charge, "status")


def _failure_of_charge(charge: JSON) -> GatewayFailure | None:
    code = text_or_empty(charge, "failure_code")
    if not code:
        return None
    reason = text_or_empty(part(charge, "outcome"), "reason")
    return GatewayFailure(code=code, detail=text_or_empty(charge, "failure_message"), decline_code=reason)
