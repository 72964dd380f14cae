"""Stripe's webhooks: the signature over the exact bytes, and one line of translation per event type."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from config.inbox.contract import Event, Handled, Hopeless, NeedsFetch, Park, Rejected, Verified
from config.inbox.parsing import parse_object, text_of
from config.kernel.clock import from_epoch
from config.kernel.ids import PATTERN
from config.kernel.money import Money
from orders.order.queries import lock_order
from payments.charges import rules
from payments.charges.models import Payment
from payments.charges.queries import find_payment, is_transaction_kept
from payments.charges.services.fee import record_transaction
from payments.charges.services.record import observe_payment
from payments.charges.services.start import GatewayDown
from payments.charges.services.stray import adopt, is_that
from payments.gateways.contract import GatewayUnreachable, PaymentState, PaymentView, RefundView, UnreadableObject
from payments.gateways.registry import gateway_for
from payments.gateways.stripe import views
from payments.refunds.queries import find_refund, is_known
from payments.refunds.services.record import record_seen

TOLERANCE_S = 300
ACTOR = "gateway:stripe"
LATEST_EPOCH = 253_402_300_799
Fetched = Mapping[tuple[str, str], Any]


def verify(*, headers: Mapping[str, str], body: bytes, at: datetime) -> Verified:
    """Accepts a delivery that one of an account's secrets signed within five minutes of `at`.

    Raises Rejected: no_signature, stale_timestamp, bad_signature, wrong_livemode, or why the body is no event.
    Source: docs.stripe.com/webhooks#verify-manually (`t=…,v1=…`; v1 = HMAC-SHA256 over `t.body`).
    """
    account, livemode = _signer(headers.get("Stripe-Signature", ""), body, at)
    payload = parse_object(body)
    event_id, kind = text_of(payload, "id"), text_of(payload, "type", at_most=120)
    created, live = payload.get("created"), payload.get("livemode")
    if type(created) is not int or not 0 <= created <= LATEST_EPOCH:
        raise Rejected("no_created")
    if live is not livemode:
        raise Rejected("wrong_livemode")
    data = payload.get("data")
    obj = data.get("object") if isinstance(data, dict) else None
    if not isinstance(obj, dict):
        raise Rejected("no_object")
    object_id, version = obj.get("id"), payload.get("api_version")
    return Verified(
        account=account,
        event_id=event_id,
        type=kind,
        object_id=object_id[:255] if isinstance(object_id, str) else "",
        livemode=livemode,
        occurred_at=from_epoch(created),
        api_version=version[:40] if isinstance(version, str) else "",
    )


def _signer(header: str, body: bytes, at: datetime) -> tuple[str, bool]:
    """The account whose secret signed the body, and its livemode. Every secret is tried, whatever matched before."""
    parts = [part.strip().split("=", 1) for part in header.split(",") if "=" in part]
    stamps = [value for name, value in parts if name == "t"]
    signatures = [value.encode() for name, value in parts if name == "v1"]
    if len(stamps) != 1 or not signatures or not stamps[0].isascii() or not stamps[0].isdecimal():
        raise Rejected("no_signature")
    if len(stamps[0]) > 12 or abs(int(stamps[0]) - at.timestamp()) > TOLERANCE_S:
        raise Rejected("stale_timestamp")
    signed = stamps[0].encode() + b"." + body
    matched: tuple[str, bool] | None = None
    for account in settings.GATEWAY_ACCOUNTS.values():
        for secret in account.webhook_secrets if account.gateway == "stripe" else ():
            expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()
            if any(hmac.compare_digest(expected, signature) for signature in signatures) and matched is None:
                matched = account.code, account.livemode
    if matched is None:
        raise Rejected("bad_signature")
    return matched


def fetch(*, account: str, kind: str, object_id: str) -> Any:
    """Answers NeedsFetch: a payment, a balance transaction, or all refunds of a payment; None when Stripe has none.

    Raises GatewayDown: the event is tried again, and nobody is called for it.
    """
    gateway = gateway_for(account)
    try:
        if kind == "payment":
            return gateway.get_payment(gateway_payment_id=object_id, session_id="")
        if kind == "balance_transaction":
            return gateway.get_balance_transaction(transaction_id=object_id)
        return tuple(gateway.list_refunds(gateway_payment_id=object_id))
    except GatewayUnreachable as error:
        raise GatewayDown from error


def handle(event: Event, *, fetched: Fetched, at: datetime) -> Handled:
    """One event, in the engine's transaction."""
    translate = TRANSLATIONS.get(event.type)
    if translate is None:
        return Handled.ignored("a type that we do not handle")
    if event.payload.get("account"):
        return Handled.foreign("of another account, which lets us see what is theirs")
    try:
        return translate(_Context(event, fetched, at))
    except UnreadableObject as unreadable:
        raise Hopeless("unreadable_object", str(unreadable)) from unreadable


class _Context:
    """An event with its object, what was fetched for it, and the instant."""

    def __init__(self, event: Event, fetched: Fetched, at: datetime) -> None:
        self.event = event
        self.at = at
        self.obj: Mapping[str, Any] = event.payload["data"]["object"]
        self._fetched = fetched

    def ask(self, kind: str, object_id: str) -> Any:
        """What the gateway says now; the engine fetches it and runs us again if it is not here yet."""
        try:
            return self._fetched[kind, object_id]
        except KeyError:
            raise NeedsFetch(kind, object_id) from None

    def owner_of(self, view: PaymentView | RefundView) -> Payment | None:
        """Our payment behind an object, by our mark or the gateway's ids. None when it is not ours.

        An object without our mark may still belong to a payment whose gateway id we have not stored yet: then the
        payment's own mark says whose it is. Raises Park for one of ours that is not stored here yet.
        """
        is_payment = isinstance(view, PaymentView)
        our_id = _mark(view.our_id, "pay") if isinstance(view, PaymentView) else ""
        payment = find_payment(
            account=self.event.account,
            our_id=our_id,
            gateway_payment_id=view.gateway_payment_id,
            session_id=view.session_id if isinstance(view, PaymentView) else "",
            charge_id=self._charge_id(view),
        )
        if payment is None and our_id:
            raise Park(our_id)
        if payment is not None and isinstance(view, PaymentView) and not is_that(payment, view):
            return adopt(marked=payment, view=view, actor=ACTOR, at=self.at)
        is_the_payment_itself = is_payment and self.obj.get("object") == "payment_intent"
        if payment is None and view.gateway_payment_id and not is_the_payment_itself:
            above: PaymentView | None = self.ask("payment", view.gateway_payment_id)
            if above is not None and _mark(above.our_id, "pay"):
                return self.owner_of(above)
        return payment

    def _charge_id(self, view: PaymentView | RefundView) -> str:
        """Objects of before 2019 name their charge alone."""
        if isinstance(view, RefundView):
            return view.charge_id
        return str(self.obj["id"]) if self.obj.get("object") == "charge" else ""

    def at_present(self, payment: Payment, view: PaymentView) -> PaymentView:
        """What the event says of our payment, or what the gateway says now where the event may be older than what we
        know: one that would take a label back, and a charge's word on anything but the money that it took."""
        if view.captures or not view.gateway_payment_id:
            return view
        lock_order(payment.ref)  # under which alone labels move
        payment.refresh_from_db(fields=["status", "is_processing"])
        is_hint = self.obj.get("object") == "charge" or rules.would_go_back(
            status=payment.status, is_processing=payment.is_processing, state=view.state
        )
        return (self.ask("payment", view.gateway_payment_id) or view) if is_hint else view


def _mark(our_id: str, prefix: str) -> str:
    """An id of ours, or nothing: others write metadata under the same name."""
    return our_id if our_id.startswith(f"{prefix}_") and PATTERN.fullmatch(our_id) else ""


def _observed(context: _Context, view: PaymentView) -> tuple[Payment | None, Handled]:
    payment = context.owner_of(view)
    if payment is None:
        return None, Handled.foreign("no payment of ours")
    view = context.at_present(payment, view)
    note = observe_payment(payment=payment, view=view, actor=ACTOR, at=context.at)
    return payment, Handled.processed(f"{payment.public_id}: {note}", *_people(payment))


def _people(payment: Payment) -> tuple[str, ...]:
    return (payment.order.buyer.public_id,) if payment.order and payment.order.buyer else ()


def _intent(context: _Context) -> Handled:
    view = views.payment_from_intent(context.obj, seen_at=context.event.occurred_at)
    if view.state == PaymentState.CAPTURED and not view.captures:
        view = context.ask("payment", view.gateway_payment_id) or view
    return _observed(context, view)[1]


def _session(context: _Context) -> Handled:
    """A session names its PaymentIntent but not the charge: what it took, or why it failed, is asked for."""
    if context.obj.get("mode") != "payment":
        return Handled.ignored("a session that takes no payment")
    view = views.payment_from_session(context.obj, seen_at=context.event.occurred_at)
    payment = context.owner_of(view)
    if payment is None:
        return Handled.foreign("no payment of ours")
    failed = context.event.type == "checkout.session.async_payment_failed"
    if (failed or view.state == PaymentState.CAPTURED) and view.gateway_payment_id and not payment.captured_minor:
        view = context.ask("payment", view.gateway_payment_id) or view
    view = context.at_present(payment, view)
    note = observe_payment(payment=payment, view=view, actor=ACTOR, at=context.at)
    return Handled.processed(f"{payment.public_id}: {note}", *_people(payment))


def _charge(context: _Context) -> Handled:
    """A charge brings its capture and, sooner or later, the movement of our balance with its fee."""
    view = views.payment_from_charge(context.obj, seen_at=context.event.occurred_at)
    payment, handled = _observed(context, view)
    if payment is None:
        return handled
    for fact in view.captures:
        _movement(context, payment, fact.balance_transaction_id, moved=fact.amount)
    return handled


def _charge_refunded(context: _Context) -> Handled:
    """The old shape carries its refunds; the new one only a sum, so that the refunds are asked for where it is news."""
    view = views.payment_from_charge(context.obj, seen_at=context.event.occurred_at)
    payment, handled = _observed(context, view)
    if payment is None:
        return handled
    refunds = views.refunds_from_charge(context.obj)
    if not refunds and view.gateway_payment_id and context.obj.get("amount_refunded") != payment.refunded_minor:
        refunds = context.ask("refunds", view.gateway_payment_id)
    notes = [_record(context, payment, refund) for refund in refunds]
    return Handled.processed(f"{payment.public_id}: {', '.join(notes) or 'known already'}", *_people(payment))


def _refund(context: _Context) -> Handled:
    view = views.refund_view(context.obj)
    known = find_refund(account=context.event.account, view=view)
    if known is None and _mark(view.our_id, "rf") and not is_known(view.our_id):
        raise Park(view.our_id)
    payment = known.payment if known else context.owner_of(view)
    if payment is None:
        return Handled.foreign("a refund of no payment of ours")
    if known is None and not payment.captured_minor and view.gateway_payment_id:
        # Faster than the capture that it gives back, which must be booked first: else it would seem a loss, and the
        # order would stand paid with money that the buyer has again.
        above: PaymentView | None = context.ask("payment", view.gateway_payment_id)
        if above is not None:
            observe_payment(payment=payment, view=above, actor=ACTOR, at=context.at)
    note = _record(context, payment, view)
    if not view.is_release:
        _movement(context, payment, view.balance_transaction_id, moved=-view.amount)
        _movement(context, payment, view.failure_balance_transaction_id, moved=view.amount)
    return Handled.processed(f"{payment.public_id}: {note}", *_people(payment))


def _movement(context: _Context, payment: Payment, transaction_id: str, *, moved: Money) -> None:
    """Keeps the movement of our balance that a charge or a refund names, asking for it where it is news."""
    if not transaction_id or is_transaction_kept(account=context.event.account, transaction_id=transaction_id):
        return
    movement = context.ask("balance_transaction", transaction_id)
    if movement is not None:
        record_transaction(payment=payment, moved=moved, view=movement, actor=ACTOR, at=context.at)


def _record(context: _Context, payment: Payment, view: RefundView) -> str:
    if view.is_release:
        return "an authorization was let go: no money moved"
    known = find_refund(account=context.event.account, view=view)
    return record_seen(payment=payment, refund=known, view=view, actor=ACTOR, at=context.at)


TRANSLATIONS: dict[str, Callable[[_Context], Handled]] = {
    "checkout.session.completed": _session,
    "checkout.session.expired": _session,
    "checkout.session.async_payment_succeeded": _session,
    "checkout.session.async_payment_failed": _session,
    "payment_intent.succeeded": _intent,
    "payment_intent.payment_failed": _intent,
    "payment_intent.canceled": _intent,
    "payment_intent.processing": _intent,
    "payment_intent.requires_action": _intent,
    "payment_intent.amount_capturable_updated": _intent,
    "charge.succeeded": _charge,
    "charge.captured": _charge,
    "charge.updated": _charge,
    "charge.refunded": _charge_refunded,
    "charge.refund.updated": _refund,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
}
