"""Learns from every decline that a gateway tells us of, and closes what is used to try cards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from config.crypto import keyed_digest
from config.outbox.services import emit
from orders.order.models import Order
from payments.abuse.models import CardDecline, PaymentOrigin
from payments.abuse.queries import declines_of_payment, declines_of_setup, is_blocked, origin_of, origins_of_card
from payments.abuse.rules import BLOCK_FOR, DECLINES_OF_A_CARD, DECLINES_OF_A_PAYMENT, Kind, masked
from payments.abuse.services.block import MACHINE, block
from payments.charges.models import Payment
from payments.charges.services.close import close_all
from payments.charges.services.start import PaymentInProgress
from payments.methods.models import MethodSetup


def note_decline(*, payment: Payment, event: str, fingerprint: str, at: datetime) -> bool:
    """Counts a decline, once per attempt or event that tells it, in the caller's transaction. A payment that is used to
    try cards, or was begun by somebody who is blocked, is closed, and whoever tries one card again and again is
    blocked. Returns False when it is counted already."""
    card = _card(fingerprint)
    _, is_new = CardDecline.objects.get_or_create(payment=payment, event=event[:255], defaults={"card": card, "at": at})
    if not is_new:
        return False
    is_tried_out = declines_of_payment(payment.pk) >= DECLINES_OF_A_PAYMENT
    if payment.ref and (is_tried_out or is_blocked(origin_of(payment=payment), at=at)):
        emit("payment.tried_out", fact_key=payment.public_id, payload={"order": payment.ref}, at=at)
    if card is not None:
        _judge(card, at=at)
    return True


def note_declines(*, payment: Payment, told: Iterable[str], fingerprint: str, at: datetime) -> None:
    """Counts each of several declines, once: by the gateway's id of the attempt, or of the event that told it."""
    for each in told:
        note_decline(payment=payment, event=each, fingerprint=fingerprint, at=at)


def note_setup_declines(*, setup: MethodSetup, told: Iterable[str], fingerprint: str, at: datetime) -> None:
    """The same for a saving of a method in which cards were declined, each once by the gateway's id of the attempt."""
    card = _card(fingerprint)
    for each in told:
        row = {"card": card, "at": at}
        _, is_new = CardDecline.objects.get_or_create(setup=setup, event=each[:255], defaults=row)
        if not is_new:
            continue
        is_tried_out = declines_of_setup(setup.pk) >= DECLINES_OF_A_PAYMENT
        if is_tried_out or is_blocked(origin_of(setup=setup), at=at):
            emit("method.tried_out", fact_key=setup.public_id, payload={"setup": setup.public_id}, at=at)
        if card is not None:
            _judge(card, at=at)


def _card(fingerprint: str) -> bytes | None:
    return keyed_digest(purpose="abuse:card", text=fingerprint) if fingerprint else None


def _judge(card: bytes, *, at: datetime) -> None:
    origins = origins_of_card(card, at=at)
    if len(origins) < DECLINES_OF_A_CARD:
        return
    for origin in {origin.pk: origin for origin in origins}.values():
        for kind, subject, shown in _subjects(origin):
            why = "one card was declined again and again"
            block(kind=kind, subject=subject, shown=shown, why=why, until=at + BLOCK_FOR, actor=MACHINE, at=at)


def _subjects(origin: PaymentOrigin) -> list[tuple[Kind, bytes, str]]:
    found = [
        (Kind.ADDRESS, bytes(origin.address), origin.address_shown),
        (Kind.EMAIL, bytes(origin.email), masked(Kind.EMAIL, _mailbox_of(origin))),
    ]
    return [each for each in found if each[1]]


def _mailbox_of(origin: PaymentOrigin) -> str:
    if origin.setup is not None:
        return origin.setup.customer.person.email
    order = origin.payment.order if origin.payment is not None else None
    return order.email if order is not None else ""


def close_tried_out(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `payment.tried_out`: the payment takes no further card. The order stays payable by a new attempt,
    before which a proof is asked for.

    Raises PaymentInProgress while it cannot be closed, so that the outbox tries again.
    """
    order = Order.objects.get(public_id=payload["order"])
    if order.status == "pending_payment" and not close_all(order=order, actor=MACHINE, at=at):
        raise PaymentInProgress
