"""Razorpay's webhooks: the signature over the exact bytes, and one line of translation per event type."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from config.inbox import accounts
from config.inbox.contract import Event, Handled, Hopeless, Rejected, Verified
from config.inbox.parsing import parse_object
from config.kernel.clock import from_epoch
from config.kernel.money import Money
from payments.charges.services.start import ensure_account
from payments.gateways.balance_views import BalanceTransactionView
from payments.gateways.failures import UnreadableObject
from payments.gateways.payment_views import PaymentState, PaymentView
from payments.gateways.razorpay import movements, views
from payments.gateways.razorpay.settlements import settlement_view
from payments.gateways.refund_views import RefundState, RefundView
from payments.settlements.services.observe import observe_settlement
from payments.webhooks import razorpay_disputes, razorpay_methods
from payments.webhooks.context import Context, Fetched, concerned, translate_payment, translate_refund

LATEST_EPOCH = 253_402_300_799
_event_id = re.compile(r"[A-Za-z0-9_.\-]{1,255}").fullmatch
Payload = Mapping[str, Any]
# What is told of an order that is found in this state: the event, the entity in it, and that one's status.
_TOLD = {
    PaymentState.CAPTURED: ("order.paid", "order", "paid"),
    PaymentState.AUTHORIZED: ("payment.authorized", "payment", "authorized"),
    PaymentState.FAILED: ("payment.failed", "payment", "failed"),
}
_TOLD_OF_A_REFUND = {
    RefundState.SUCCEEDED: ("refund.processed", "processed"),
    RefundState.FAILED: ("refund.failed", "failed"),
}


def verify(*, headers: Mapping[str, str], body: bytes, at: datetime) -> Verified:
    """Accepts a delivery that one of an account's secrets signed. While a secret is rolled, retries of older events
    still come with the older one.

    The signature covers the body alone: neither a time (there is no replay window) nor the event's id. So the body is
    what makes it the same event or another one, whatever id it comes under.

    Raises Rejected: no_signature, bad_signature, or why the body is no event.
    Source: razorpay.com/docs/webhooks/validate-test (hex HMAC-SHA256 over the raw body).
    """
    account, livemode = _signer(headers.get("X-Razorpay-Signature", ""), body)
    event_id = headers.get("X-Razorpay-Event-Id", "")
    if not _event_id(event_id):  # nobody signed it: what was signed is not lost for it
        event_id = f"body:{hashlib.sha256(body).hexdigest()}"
    payload = parse_object(body)
    kind = _kind(payload)
    return Verified(
        account=account,
        event_id=event_id,
        type=kind,
        object_id=_object_id(kind, entities(payload)),
        livemode=livemode,  # the body does not say; the key whose secret signed it does
        occurred_at=_occurred_at(payload, at),
        body_is_unique=True,
    )


def _signer(signature: str, body: bytes) -> tuple[str, bool]:
    """The account whose secret signed the body, and its livemode. Every secret is tried, whatever matched before."""
    given = signature.strip().encode()
    if not given:
        raise Rejected("no_signature")
    matched: tuple[str, bool] | None = None
    for account in accounts.of_source("razorpay"):
        for secret in account.webhook_secrets:
            expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
            if hmac.compare_digest(expected, given) and matched is None:
                matched = account.code, account.livemode
    if matched is None:
        raise Rejected("bad_signature")
    return matched


def _kind(payload: Payload) -> str:
    """The type; in some events it is wrapped once more, beside its name."""
    event = payload.get("event")
    kind = event.get("name") if isinstance(event, Mapping) else event
    if not isinstance(kind, str) or not 0 < len(kind) <= 120:
        raise Rejected("no_event")
    return kind


def entities(payload: Payload) -> dict[str, Payload]:
    """The objects of an event by the names under which they stand; `contains` does not name all of them."""
    event = payload.get("event")
    outer = event if isinstance(event, Mapping) else payload
    inner = outer.get("payload")
    if not isinstance(inner, Mapping):
        return {}
    wrapped = {name: each.get("entity") for name, each in inner.items() if isinstance(each, Mapping)}
    return {name: entity for name, entity in wrapped.items() if isinstance(entity, Mapping)}


def _object_id(kind: str, found: Mapping[str, Payload]) -> str:
    """The id of what the event is named for, else of the first object in it."""
    named = [entity for part in reversed(kind.split(".")) if (entity := found.get(part)) is not None]
    ids = [entity.get("id") for entity in (*named, *found.values())]
    return next((each[:255] for each in ids if isinstance(each, str)), "")


def _occurred_at(payload: Payload, at: datetime) -> datetime:
    """When it happened; some events say it inside their payload, a few nowhere: then it is when it came."""
    inner = payload.get("payload")
    for place in (payload, inner if isinstance(inner, Mapping) else {}):
        created = place.get("created_at")
        if type(created) is int and 0 <= created <= LATEST_EPOCH:
            return from_epoch(created)
    return at


def hint(*, account: str, view: PaymentView | RefundView, at: datetime) -> tuple[Verified, bytes] | None:
    """The event that should have told what was found by asking; None where there would have been none. It says no more
    than we know of it: what an order took, and what that cost, is asked for when it is handled."""
    if isinstance(view, RefundView):
        return _hint_of_a_refund(account, view, at)
    if view.state not in _TOLD:
        return None
    kind, name, status = _TOLD[view.state]
    order_id = view.gateway_payment_id
    of_it = {"id": order_id, "receipt": view.our_id} if name == "order" else {"order_id": order_id}
    return _hint(account, kind, order_id, of_it | _entity(name, status, view.amount, view.created_at), at)


def _hint_of_a_refund(account: str, view: RefundView, at: datetime) -> tuple[Verified, bytes] | None:
    if view.state not in _TOLD_OF_A_REFUND:
        return None
    kind, status = _TOLD_OF_A_REFUND[view.state]
    of_it = {"id": view.refund_id, "payment_id": view.charge_id}
    return _hint(account, kind, view.refund_id, of_it | _entity("refund", status, view.amount, view.at), at)


def _entity(name: str, status: str, amount: Money, created_at: datetime) -> dict[str, Any]:
    return {
        "entity": name,
        "status": status,
        "amount": amount.amount_minor,
        "currency": amount.currency,
        "created_at": int(created_at.timestamp()),
    }


def _hint(account: str, kind: str, object_id: str, entity: dict[str, Any], at: datetime) -> tuple[Verified, bytes]:
    verified = Verified(
        account=account,
        event_id=f"asked:{kind}:{object_id}",
        type=kind,
        object_id=object_id,
        livemode=settings.GATEWAY_ACCOUNTS[account].livemode,
        occurred_at=at,
    )
    told = {"entity": "event", "event": kind, "payload": {entity["entity"]: {"entity": entity}}}
    return verified, json.dumps(told).encode()


def handle(event: Event, *, fetched: Fetched, at: datetime) -> Handled:
    """One event, in the engine's transaction."""
    translate = TRANSLATIONS.get(event.type)
    found = entities(event.payload)
    if translate is None:
        order_id = found.get("payment", {}).get("order_id") or found.get("order", {}).get("id")
        people = concerned(account=event.account, gateway_payment_id=order_id)
        return Handled.ignored("a type that we do not handle", *people)
    subject = found.get("payment", {})
    is_order = event.type == "order.paid"
    try:
        context = Context(
            event,
            {**_believed(found), **fetched},
            at,
            obj=found,
            charge_id="" if is_order else str(subject.get("id", "")),
            is_payment=is_order,
        )
        return translate(context)
    except UnreadableObject as unreadable:
        raise Hopeless("unreadable_object", str(unreadable)) from unreadable


def _believed(found: Mapping[str, Payload]) -> dict[tuple[str, str], BalanceTransactionView]:
    """Movements of our balance that the signed body tells itself, so that nobody need be asked for them."""
    told: list[BalanceTransactionView | None] = []
    if "payment" in found:
        told.append(movements.of_payment(found["payment"]))
    if "refund" in found:
        told += [movements.of_refund(found["refund"], returned=returned) for returned in (False, True)]
    return {("balance_transaction", each.transaction_id): each for each in told if each is not None}


def _payment(context: Context) -> Handled:
    """An attempt: what it took is a fact, anything else is asked of its order."""
    view = views.payment_from_attempt(
        context.obj.get("payment"), livemode=context.event.livemode, seen_at=context.event.occurred_at
    )
    payment, handled = translate_payment(context, view)
    if payment is not None:
        for fact in view.captures:
            context.record_movement(payment, fact.balance_transaction_id, moved=fact.amount)
    return handled


def _order_paid(context: Context) -> Handled:
    """The order with the attempt that paid it; where that is missing, it is asked for."""
    order, attempt = context.obj.get("order"), context.obj.get("payment")
    view = views.payment_from_order(
        order,
        [attempt] if attempt is not None else [],
        livemode=context.event.livemode,
        seen_at=context.event.occurred_at,
    )
    if not view.captures:
        view = context.ask("payment", view.gateway_payment_id) or view
    payment, handled = translate_payment(context, view)
    if payment is not None:
        for fact in view.captures:
            context.record_movement(payment, fact.balance_transaction_id, moved=fact.amount)
    return handled


def _refund(context: Context) -> Handled:
    """A refund beside the payment that it gives back: one of a payment that was never captured moved no money."""
    refund, payment = context.obj.get("refund"), context.obj.get("payment")
    view = views.refund_view(refund, payment=payment)
    if payment is None:
        view = context.ask("refund", view.refund_id) or view
    return translate_refund(context, view)


def _settlement(context: Context) -> Handled:
    """Money on its way from our balance to our bank account."""
    view = settlement_view(context.obj.get("settlement"), livemode=context.event.livemode)
    account = ensure_account(context.event.account)
    note = observe_settlement(account=account, view=view, actor=context.actor, at=context.at)
    return Handled.processed(f"settlement {view.settlement_id}: {note}")


def _of_setup_or(translate: Callable[[Context], Handled]) -> Callable[[Context], Handled]:
    """A payment may be one by which a method is saved: by its order's id before anything is asked, else by our mark."""

    def either(context: Context) -> Handled:
        known = razorpay_methods.of_a_setup(context)
        if known is not None:
            return known
        handled = translate(context)
        return (razorpay_methods.of_an_unknown_setup(context) if handled.outcome == "foreign" else None) or handled

    return either


TRANSLATIONS: dict[str, Callable[[Context], Handled]] = {
    "payment.authorized": _of_setup_or(_payment),
    "payment.captured": _of_setup_or(_payment),
    "payment.failed": _of_setup_or(_payment),
    "order.paid": _of_setup_or(_order_paid),
    "refund.created": _refund,
    "refund.processed": _refund,
    "refund.failed": _refund,
    "refund.speed_changed": _refund,
    "settlement.processed": _settlement,
    "payment.dispute.created": razorpay_disputes.translate,
    "payment.dispute.under_review": razorpay_disputes.translate,
    "payment.dispute.action_required": razorpay_disputes.translate,
    "payment.dispute.won": razorpay_disputes.translate,
    "payment.dispute.lost": razorpay_disputes.translate,
    "payment.dispute.closed": razorpay_disputes.translate,
    **razorpay_methods.TRANSLATIONS,
}
