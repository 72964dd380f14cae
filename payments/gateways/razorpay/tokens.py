"""Razorpay's customers, registering orders and tokens, as plain JSON, in the words of the contract. Pure.

Razorpay names a token only beside its customer, so a method's id in the contract is both: `token_…/cust_…`. Of a token
nothing is told but what may be kept: never an address of UPI, a bank account's number or a cardholder's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from config.calls.fields import JSON, flag_or_false, instant, part, text, text_or_empty, unreadable
from payments.gateways.frugal import may_be_indian
from payments.gateways.method_views import CustomerView, MethodView, SetupState, SetupView
from payments.gateways.razorpay.fields import CALL_MARK, CUSTOMER_MARK, SETUP_MARK, a, mark

# How far the bank is with a mandate. A card's token may say nothing of it: then `recurring` does.
CONFIRMED: Final = frozenset({"confirmed", "resumed"})
WAITING: Final = frozenset({"initiated", "created"})
REJECTED: Final = "rejected"
GONE: Final = frozenset({REJECTED, "cancelled", "expired", "deactivated"})
DECLINED_BY_BANK: Final = "token_rejected"

_both = re.compile(r"(token_[A-Za-z0-9]+)/(cust_[A-Za-z0-9]+)").fullmatch


def method_id_of(token_id: str, customer_id: str) -> str:
    """The contract's id of a customer's token."""
    return f"{token_id}/{customer_id}"


def ids_of(method_id: str) -> tuple[str, str] | None:
    """Token and customer; None for what is no method of Razorpay's."""
    found = _both(method_id)
    return (found[1], found[2]) if found else None


def customer_view(obj: object, *, livemode: bool) -> CustomerView:
    customer = a("customer", obj)
    return CustomerView(customer_id=text(customer, "id"), our_id=mark(customer, CUSTOMER_MARK), livemode=livemode)


def registered(order: JSON, attempts: Iterable[JSON]) -> tuple[str, str] | None:
    """Token and customer of the newest attempt that the bank has not refused; None while there is none."""
    customer_id = _customer_of(order)
    for payment in attempts:
        token_id = text_or_empty(payment, "token_id")
        if token_id and customer_id and payment.get("status") != "failed":
            return token_id, customer_id
    return None


def setup_view(order: JSON, attempts: Sequence[JSON], token: JSON | None, *, livemode: bool) -> SetupView:
    """An order that registers a token, with its attempts, newest first, and the token of the best of them as it stands;
    `token` None: there is none any more. The browser needs no secret: it opens Checkout with the order's id."""
    order = a("order", order)
    ids = registered(order, attempts)
    state, failure = _state_of(attempts, token, is_known=ids is not None)
    keeps = ids is not None and state in (SetupState.SUCCEEDED, SetupState.PENDING)
    return SetupView(
        setup_id=text(order, "id"),
        our_id=mark(order, SETUP_MARK),
        call_id=mark(order, CALL_MARK),
        customer_id=_customer_of(order),
        state=state,
        method_id=method_id_of(*ids) if ids is not None and keeps else "",
        livemode=livemode,
        created_at=instant(order, "created_at"),
        client_secret=text(order, "id"),
        failure_code=failure,
        is_taken=any(payment.get("status") == "captured" for payment in attempts),
        declines=tuple(text(payment, "id") for payment in attempts if payment.get("status") == "failed"),
    )


def method_view(obj: object, *, customer_id: str, livemode: bool) -> MethodView:
    """A token. What can never be charged again is nobody's any more. Of a card, its own expiry only where it is of
    another country; of any other mandate, when it ends."""
    token = a("token", obj)
    status = status_of(token)
    kind = text(token, "method")
    card = part(token, "card")
    abroad = kind == "card" and not may_be_indian(card)
    month, year = _expiry(token, card, is_card=kind == "card", abroad=abroad)
    return MethodView(
        method_id=method_id_of(text(token, "id"), customer_id),
        customer_id="" if status in GONE else customer_id,
        kind=kind,
        last4=text_or_empty(card, "last4"),
        livemode=livemode,
        network=text_or_empty(card, "network") if abroad else "",
        issuer=text_or_empty(card, "issuer") or text_or_empty(token, "bank"),
        expiry_month=month,
        expiry_year=year,
        is_paused=status not in GONE and status not in CONFIRMED,
    )


def status_of(token: JSON) -> str:
    """How far its mandate is; `suspended` and `deactivated` are of the network's token beneath it."""
    beneath = text_or_empty(token, "status")
    if beneath in ("suspended", "deactivated"):
        return beneath
    said = text_or_empty(part(token, "recurring_details"), "status")
    if said and said != "not_applicable":
        return said
    return "confirmed" if flag_or_false(token, "recurring") else "initiated"


def _customer_of(order: JSON) -> str:
    return text_or_empty(order, "customer_id") or mark(order, CUSTOMER_MARK)


def _state_of(attempts: Sequence[JSON], token: JSON | None, *, is_known: bool) -> tuple[SetupState, str]:
    if is_known:
        status = status_of(token) if token is not None else "confirmed"  # forgotten since: it had been saved
        if status == REJECTED:
            return SetupState.FAILED, DECLINED_BY_BANK
        return (SetupState.PENDING if status in WAITING else SetupState.SUCCEEDED), ""
    if any(payment.get("status") != "failed" for payment in attempts):
        return SetupState.PENDING, ""
    if attempts:
        newest = attempts[0]
        why = text_or_empty(newest, "error_reason") or text_or_empty(newest, "error_code")
        return SetupState.FAILED, why or "failed"
    return SetupState.PENDING, ""


def _expiry(token: JSON, card: JSON, *, is_card: bool, abroad: bool) -> tuple[int | None, int | None]:
    if abroad:
        month, year = _number(card, "expiry_month"), _number(card, "expiry_year")
        return (month, year) if month is not None and year is not None else (None, None)
    if is_card or token.get("expired_at") is None:
        return None, None
    ends = instant(token, "expired_at")
    return ends.month, ends.year


def _number(card: JSON, key: str) -> int | None:
    """A month or a year, which some of its answers write as text."""
    value = card.get(key)
    if value is None or type(value) is int:
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 4:
        return int(value)
    raise unreadable(card, key)
