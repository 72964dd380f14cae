"""Stripe's webhooks: the signature over the exact bytes, and one line of translation per event type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from config.inbox import accounts
from config.inbox.contract import Event, Handled, Hopeless, Rejected, Verified
from config.inbox.parsing import parse_object, text_of
from config.inbox.signing import signer
from config.kernel.clock import from_epoch
from payments.gateways.failures import UnreadableObject
from payments.gateways.payment_views import PaymentState
from payments.gateways.stripe import views
from payments.webhooks import stripe_account, stripe_disputes, stripe_methods, stripe_reviews
from payments.webhooks.context import Context, Fetched, concerned, people, translate_payment, translate_refund

LATEST_EPOCH = 253_402_300_799


def verify(*, headers: Mapping[str, str], body: bytes, at: datetime) -> Verified:
    """Accepts a delivery that one of an account's secrets signed within five minutes of `at`.

    Raises Rejected: no_signature, stale_timestamp, bad_signature, and what `read` raises.
    Source: docs.stripe.com/webhooks#verify-manually (`t=…,v1=…`; v1 = HMAC-SHA256 over `t.body`).
    """
    return read(account=_signer(headers.get("Stripe-Signature", ""), body, at), body=body)


def read(*, account: str, body: bytes) -> Verified:
    """An event of that account, of its body. Raises Rejected: wrong_livemode, or why the body is no event."""
    livemode = accounts.known()[account].livemode
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


def _signer(header: str, body: bytes, at: datetime) -> str:
    """The account whose secret signed the body."""
    secrets = ((account.code, each) for account in accounts.of_source("stripe") for each in account.webhook_secrets)
    return signer(header=header, body=body, secrets=secrets, at=at)


def handle(event: Event, *, fetched: Fetched, at: datetime) -> Handled:
    """One event, in the engine's transaction."""
    translate = TRANSLATIONS.get(event.type)
    if translate is None:
        return Handled.ignored("a type that we do not handle", *_named_in(event))
    if event.payload.get("account"):
        return Handled.foreign("of another account, which lets us see what is theirs")
    obj = event.payload["data"]["object"]
    kind = obj.get("object")
    context = Context(
        event,
        fetched,
        at,
        obj=obj,
        charge_id=str(obj.get("id", "")) if kind == "charge" else "",
        is_payment=kind == "payment_intent",
    )
    try:
        return translate(context)
    except UnreadableObject as unreadable:
        raise Hopeless("unreadable_object", str(unreadable)) from unreadable


def _named_in(event: Event) -> tuple[str, ...]:
    obj = event.payload["data"]["object"]
    intent_id = obj.get("id") if obj.get("object") == "payment_intent" else obj.get("payment_intent")
    return concerned(account=event.account, gateway_payment_id=intent_id)


def _intent(context: Context) -> Handled:
    view = views.payment_from_intent(context.obj, seen_at=context.event.occurred_at)
    if view.state == PaymentState.CAPTURED and not view.captures:
        view = context.ask("payment", view.gateway_payment_id) or view
    return translate_payment(context, view)[1]


def _session(context: Context) -> Handled:
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
    note = context.observe(payment, context.at_present(payment, view))
    return Handled.processed(f"{payment.public_id}: {note}", *people(payment))


def _charge(context: Context) -> Handled:
    """A charge brings its capture and, sooner or later, the movement of our balance with its fee."""
    view = views.payment_from_charge(context.obj, seen_at=context.event.occurred_at)
    payment, handled = translate_payment(context, view)
    if payment is None:
        return handled
    for fact in view.captures:
        context.record_movement(payment, fact.balance_transaction_id, moved=fact.amount)
    return handled


def _charge_refunded(context: Context) -> Handled:
    """The old shape carries its refunds; the new one only a sum, so that the refunds are asked for where it is news."""
    view = views.payment_from_charge(context.obj, seen_at=context.event.occurred_at)
    payment, handled = translate_payment(context, view)
    if payment is None:
        return handled
    refunds = views.refunds_from_charge(context.obj)
    if not refunds and view.gateway_payment_id and context.obj.get("amount_refunded") != payment.refunded_minor:
        refunds = context.ask("refunds", view.gateway_payment_id)
    notes = [context.record_refund(payment, refund) for refund in refunds]
    return Handled.processed(f"{payment.public_id}: {', '.join(notes) or 'known already'}", *people(payment))


def _refund(context: Context) -> Handled:
    return translate_refund(context, views.refund_view(context.obj))


TRANSLATIONS: dict[str, Callable[[Context], Handled]] = {
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
    "charge.expired": _charge,
    "charge.refunded": _charge_refunded,
    "charge.refund.updated": _refund,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.dispute.created": stripe_disputes.translate,
    "charge.dispute.updated": stripe_disputes.translate,
    "charge.dispute.funds_withdrawn": stripe_disputes.translate,
    "charge.dispute.funds_reinstated": stripe_disputes.translate,
    "charge.dispute.closed": stripe_disputes.translate,
    "invoice.paid": stripe_account.invoice,
    "invoice.payment_failed": stripe_account.invoice,
    "radar.early_fraud_warning.created": stripe_reviews.early_fraud_warning,
    "radar.early_fraud_warning.updated": stripe_reviews.early_fraud_warning,
    "review.opened": stripe_reviews.review,
    "review.closed": stripe_reviews.review,
    "payout.created": stripe_account.payout,
    "payout.updated": stripe_account.payout,
    "payout.paid": stripe_account.payout,
    "payout.reconciliation_completed": stripe_account.payout,
    "payout.failed": stripe_account.payout,
    "payout.canceled": stripe_account.payout,
    "transfer.created": stripe_account.transfer,
    "transfer.updated": stripe_account.transfer,
    "transfer.reversed": stripe_account.transfer,
    **stripe_methods.TRANSLATIONS,
}
