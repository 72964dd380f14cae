"""What a Checkout Session does when its payment moves."""

from __future__ import annotations

from payments.sandbox.objects import Stored
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.events import emit

KIND = "checkout.session"
EXPIRY_TIMER = "session"


def follow(call: Call, intent: Stored) -> None:
    """Brings the session of this payment up to date, if it has one, and emits its events.

    An open session completes when its payment succeeds, is authorised or is processing: `paid` only in the first case.
    A session that completed while the payment was processing hears the bank's answer later.
    """
    session = call.find(KIND, intent.hidden.get("session"))
    if session is None:
        return
    status = intent.body["status"]
    if session.body["status"] == "open":
        if status in ("succeeded", "requires_capture", "processing"):
            _complete(call, session, paid=status == "succeeded", waits=status == "processing")
        return
    if status == "succeeded" and session.body["payment_status"] == "unpaid":
        session.body["payment_status"] = "paid"
        waited = session.hidden.pop("waits", False)
        call.save(session)
        if waited:
            emit(call, "checkout.session.async_payment_succeeded", session)
    elif status == "requires_payment_method" and session.hidden.pop("waits", False):
        call.save(session)
        emit(call, "checkout.session.async_payment_failed", session)


def _complete(call: Call, session: Stored, *, paid: bool, waits: bool) -> None:
    session.body["status"] = "complete"
    session.body["payment_status"] = "paid" if paid else "unpaid"
    session.body["url"] = None
    if waits:
        session.hidden["waits"] = True
    call.clear_timer(EXPIRY_TIMER, session.id)
    call.objects.relabel(session, name="status", value="complete")
    call.save(session)
    emit(call, "checkout.session.completed", session)
