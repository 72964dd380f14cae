"""Translates a Checkout Session."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from config.calls.fields import JSON, flag, instant, text, text_or_empty, unreadable
from payments.gateways.payment_views import PaymentState, PaymentView
from payments.gateways.stripe.fields import a, expanded, id_of, mark, money
from payments.gateways.stripe.views.intent import payment_from_intent
from payments.gateways.stripe.views.marks import CALL_MARK, PAYMENT_MARK


def payment_from_session(obj: object, *, seen_at: datetime | None = None) -> PaymentView:
    """A Checkout Session in mode `payment`, with its PaymentIntent where it is expanded. Raises UnreadableObject.

    Without the PaymentIntent, a session that is complete and unpaid is PROCESSING: whether the money is under way or
    only authorised, the session does not say; and one that is paid is CAPTURED with no captures to show.
    """
    session = a("checkout.session", obj)
    if text(session, "mode") != "payment":
        raise unreadable(session, "mode")
    intent = expanded(session, "payment_intent")
    within = payment_from_intent(intent, seen_at=seen_at) if intent is not None else None
    view = PaymentView(
        gateway_payment_id=id_of(session, "payment_intent"),
        session_id=text(session, "id"),
        our_id=mark(session, PAYMENT_MARK),
        call_id=mark(session, CALL_MARK),
        state=_session_state(session, within),
        amount=money(session, "amount_total"),
        captures=(),
        livemode=flag(session, "livemode"),
        created_at=_made_at(session, seen_at),
        redirect_url=text_or_empty(session, "url"),
    )
    if within is None:
        return view
    return replace(
        view,
        captures=within.captures,
        authorized_minor=within.authorized_minor,
        method=within.method,
        network=within.network,
        last4=within.last4,
        failure=within.failure,
    )


def _made_at(session: JSON, seen_at: datetime | None) -> datetime:
    """Sessions of before 2022 do not say when they were made; then it is when they were seen, if that is known."""
    if session.get("created") is None and seen_at is not None:
        return seen_at
    return instant(session, "created")


def _session_state(session: JSON, within: PaymentView | None) -> PaymentState:
    """An expired session is EXPIRED whatever became of its PaymentIntent; otherwise the PaymentIntent knows best."""
    status = text_or_empty(session, "status")  # sessions of before 2021 have none, only a payment_status
    if status not in ("", "open", "complete", "expired"):
        raise unreadable(session, "status")
    if status == "expired":
        return PaymentState.EXPIRED
    if within is not None:
        return within.state
    match text(session, "payment_status"):
        case "paid":
            return PaymentState.CAPTURED
        case "unpaid":
            return PaymentState.PROCESSING if status == "complete" else PaymentState.PENDING
        case _:  # no_payment_required: nothing that we make costs nothing
            raise unreadable(session, "payment_status")
