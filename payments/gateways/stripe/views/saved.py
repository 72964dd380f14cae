"""Translates customers, SetupIntents and PaymentMethods."""

from __future__ import annotations

from typing import Final

from config.calls.fields import JSON, flag, flag_or_false, instant, part, text, text_or_empty, unreadable, whole
from payments.gateways.frugal import is_indian
from payments.gateways.method_views import CustomerView, MethodView, SetupState, SetupView
from payments.gateways.stripe.fields import a, id_of, mark
from payments.gateways.stripe.views.charge import fingerprint_of
from payments.gateways.stripe.views.marks import CALL_MARK, CUSTOMER_MARK, SETUP_MARK

_SETUP_STATES: Final = {
    "requires_payment_method": SetupState.PENDING,
    "requires_confirmation": SetupState.PENDING,
    "requires_action": SetupState.PENDING,
    "processing": SetupState.PENDING,
    "succeeded": SetupState.SUCCEEDED,
    "canceled": SetupState.CANCELLED,
}


def customer_view(obj: object) -> CustomerView:
    """A customer; of a deleted one little is left. Raises UnreadableObject."""
    customer = a("customer", obj)
    return CustomerView(
        customer_id=text(customer, "id"),
        our_id=mark(customer, CUSTOMER_MARK),
        livemode=flag(customer, "livemode") if "livemode" in customer else None,
        is_deleted=flag_or_false(customer, "deleted"),
    )


def setup_view(obj: object) -> SetupView:
    """A SetupIntent. Raises UnreadableObject."""
    setup = a("setup_intent", obj)
    status = text(setup, "status")
    state = _SETUP_STATES.get(status)
    if state is None:
        raise unreadable(setup, "status")
    error = part(setup, "last_setup_error")
    if status == "requires_payment_method" and error:
        state = SetupState.FAILED
    return SetupView(
        setup_id=text(setup, "id"),
        our_id=mark(setup, SETUP_MARK),
        call_id=mark(setup, CALL_MARK),
        customer_id=id_of(setup, "customer"),
        state=state,
        method_id=id_of(setup, "payment_method"),
        livemode=flag(setup, "livemode"),
        created_at=instant(setup, "created"),
        client_secret=text_or_empty(setup, "client_secret"),
        failure_code=text_or_empty(error, "decline_code") or text_or_empty(error, "code"),
        declines=tuple(filter(None, (id_of(setup, "latest_attempt"),))) if state is SetupState.FAILED else (),
        fingerprint=fingerprint_of(part(part(error, "payment_method"), "card")),
    )


def method_view(obj: object) -> MethodView:
    """A PaymentMethod, without what may not be kept of it. Raises UnreadableObject."""
    method = a("payment_method", obj)
    kind = text(method, "type")
    inside = part(method, kind)
    may_keep = not is_indian(inside)
    return MethodView(
        method_id=text(method, "id"),
        customer_id=id_of(method, "customer"),
        kind=kind,
        last4=text_or_empty(inside, "last4"),
        livemode=flag(method, "livemode"),
        network=text_or_empty(inside, "brand") if may_keep else "",
        issuer=text_or_empty(inside, "issuer") or text_or_empty(inside, "bank_name"),
        expiry_month=_number(inside, "exp_month") if may_keep else None,
        expiry_year=_number(inside, "exp_year") if may_keep else None,
    )


def _number(obj: JSON, key: str) -> int | None:
    return None if obj.get(key) is None else whole(obj, key)
