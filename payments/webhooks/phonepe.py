"""PhonePe's webhooks: a constant that says who sends them, and hints at what to ask about."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from config.inbox.contract import Event, Handled, Rejected, Verified
from config.inbox.parsing import parse_object, text_of
from payments.charges.queries import find_payment
from payments.gateways.payment_views import PaymentState, PaymentView
from payments.gateways.refund_views import RefundState, RefundView
from payments.webhooks.context import Context, Fetched, mark, people, translate_payment, translate_refund

_ID = re.compile(r"[A-Za-z0-9_-]{1,63}")
_REFUND, _ORDER, _SUBSCRIPTION = "merchantRefundId", "merchantOrderId", "merchantSubscriptionId"
# Some refunds are documented to be told without the envelope that names the event.
BARE = "unenveloped"
# What is told of an order that is found in this state: the event, and the state in its body.
_TOLD = {
    PaymentState.CAPTURED: ("checkout.order.completed", "COMPLETED"),
    PaymentState.FAILED: ("checkout.transaction.attempt.failed", "PENDING"),
}
_TOLD_OF_A_REFUND = {
    RefundState.SUCCEEDED: ("pg.refund.completed", "COMPLETED"),
    RefundState.FAILED: ("pg.refund.failed", "FAILED"),
}


def verify(*, headers: Mapping[str, str], body: bytes, at: datetime) -> Verified:
    """Accepts a delivery under the header that one of an account's user names and passwords gives.

    The header is a constant: it covers neither body nor instant, so that whoever has seen one delivery can forge any
    other. What is accepted is believed in nothing but which object may be worth asking about. There is no event id: the
    same event of the same object is the same hint, and has the object asked about each time that it comes.

    Raises Rejected: no_signature, bad_signature, no_event, no_payload, no_id, or why the body is no object.
    Source: developer.phonepe.com, "Webhook" (`Authorization: SHA256(username:password)`).
    """
    account, livemode = _sender(headers.get("Authorization", ""))
    delivered = parse_object(body)
    is_bare = "event" not in delivered and (_REFUND in delivered or _ORDER in delivered)
    kind = BARE if is_bare else text_of(delivered, "event", at_most=120)
    payload = delivered if is_bare else delivered.get("payload")
    if not isinstance(payload, dict):
        raise Rejected("no_payload")
    what, object_id = _named(payload)
    return Verified(
        account=account,
        event_id=_key(kind, what, object_id),
        type=kind,
        object_id=object_id,
        livemode=livemode,
        occurred_at=at,  # it does not say when
        is_hint=True,
    )


def _sender(header: str) -> tuple[str, bool]:
    """The account whose constant it is, and its livemode. Every one is compared, whatever matched before."""
    given = header.strip().lower().encode("utf-8", "replace")
    if not given:
        raise Rejected("no_signature")
    matched: tuple[str, bool] | None = None
    for account in settings.GATEWAY_ACCOUNTS.values():
        for credentials in account.webhook_secrets if account.gateway == "phonepe" else ():
            expected = hashlib.sha256(credentials.encode()).hexdigest().encode()
            if hmac.compare_digest(expected, given) and matched is None:
                matched = account.code, account.livemode
    if matched is None:
        raise Rejected("bad_signature")
    return matched


def _named(payload: Mapping[str, Any]) -> tuple[str, str]:
    """(what it is about, the merchant's id of it). It is asked for by that, so that it must be one."""
    for name in (_REFUND, _ORDER, _SUBSCRIPTION):
        value = payload.get(name)
        if isinstance(value, str) and _ID.fullmatch(value):
            return name, value
    raise Rejected("no_id")


def _key(kind: str, what: str, object_id: str) -> str:
    """All on which the handling depends: no body can stand in the way of another that would lead elsewhere."""
    return f"{kind}:{what}:{object_id}"


def hint(*, account: str, view: PaymentView | RefundView, at: datetime) -> tuple[Verified, bytes] | None:
    """The delivery that would have told what was found by asking; None where there would have been none."""
    if isinstance(view, RefundView):
        event, state = _TOLD_OF_A_REFUND.get(view.state, ("", ""))
        name, object_id = _REFUND, view.refund_id
    else:
        event, state = ("checkout.order.failed", "FAILED") if view.is_closed else _TOLD.get(view.state, ("", ""))
        name, object_id = _ORDER, view.gateway_payment_id
    if not event:
        return None
    verified = Verified(
        account=account,
        event_id=_key(event, name, object_id),
        type=event,
        object_id=object_id,
        livemode=settings.GATEWAY_ACCOUNTS[account].livemode,
        occurred_at=at,
        is_hint=True,
    )
    return verified, json.dumps({"event": event, "payload": {name: object_id, "state": state}}).encode()


def handle(event: Event, *, fetched: Fetched, at: datetime) -> Handled:
    """One hint, in the engine's transaction."""
    translate = TRANSLATIONS.get(event.type)
    if translate is None:
        return Handled.ignored("a type that we do not handle")
    payload = event.payload if event.type == BARE else event.payload["payload"]
    return translate(Context(event, fetched, at, obj=payload, is_payment=True))


def _order(context: Context) -> Handled:
    """What PhonePe says now of an order of ours, unless there is nothing to learn any more."""
    our_id = mark(context.event.object_id, "pay")
    if not our_id:
        return Handled.foreign("an order that we did not make")
    payment = find_payment(account=context.event.account, our_id=our_id)
    if payment is not None and payment.captured_minor:
        return Handled.processed(f"{payment.public_id}: captured already, not asked again", *people(payment))
    view: PaymentView | None = context.ask("payment", our_id)
    if view is None:
        return Handled.foreign("an order that PhonePe does not know")
    return translate_payment(context, view)[1]


def _refund(context: Context) -> Handled:
    """What PhonePe says now of a refund, ours or of an order of ours. Whose it is, the body cannot say either."""
    view: RefundView | None = context.ask("refund", context.event.object_id)
    if view is None:
        return Handled.foreign("a refund that PhonePe does not know")
    if not mark(view.gateway_payment_id, "pay"):
        return Handled.foreign("a refund of an order that we did not make")
    return translate_refund(context, view)


def _bare(context: Context) -> Handled:
    """Which of the two it is, stands in its key as well."""
    return _refund(context) if _named(context.obj)[0] == _REFUND else _order(context)


TRANSLATIONS: dict[str, Callable[[Context], Handled]] = {
    "checkout.order.completed": _order,
    "checkout.order.failed": _order,
    "checkout.transaction.attempt.failed": _order,
    "pg.order.completed": _order,
    "pg.order.failed": _order,
    "pg.transaction.attempt.failed": _order,
    "pg.refund.accepted": _refund,
    "pg.refund.completed": _refund,
    "pg.refund.failed": _refund,
    BARE: _bare,
}
