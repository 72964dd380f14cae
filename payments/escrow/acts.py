"""What operators can do about a ticket that was sold and lets nobody in, with what that moves shown before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings

from config.admin.acts import PREVIEW, Act, Asked, Effect
from config.admin.panel import Tone
from orders.tickets.models import Ticket
from orders.tickets.states import TicketStatus
from payments.charges.queries import unclosed_payments
from payments.escrow.models import EscrowHold
from payments.escrow.services.voiding import void_sold_ticket
from payments.refunds.acts import rehearsed
from payments.refunds.models import Refund
from payments.refunds.states import RefundStatus

ONE, ALL = "one", "all"


class InvalidForm(forms.Form):
    """Whether it is this ticket alone, or the event is off for all of them."""

    tickets = forms.ChoiceField(
        label="Which tickets",
        choices=[(ONE, "This one; the others go back to their seller"), (ALL, "Every one of this part of the order")],
    )


def _void(row: Ticket, asked: Asked) -> Refund | None:
    return void_sold_ticket(
        ticket_pk=row.pk,
        requester=asked.actor,
        reason=asked.reason,
        policy=settings.POLICY,
        at=asked.at,
        whole_part=asked.given["tickets"] == ALL,
    )


def _effect(row: Ticket, user: Any, at: datetime) -> Effect:
    del row, user, at
    return Effect(
        summary="Say which tickets let nobody in. What moves then is shown before anything happens.",
        cautions=("All of this part of the order is cancelled: its buyer gets the money, and none of its tickets.",),
    )


def _preview(row: Ticket, user: Any, at: datetime, given: Mapping[str, Any]) -> Effect:
    def act() -> list[Refund]:
        refund = _void(row, Asked(user=user, reason=PREVIEW, at=at, given=given))
        return [] if refund is None else [refund]

    cautions = ["A void ticket stays void: to sell it again its seller lists it anew."]
    if row.status == TicketStatus.REVIEW:
        cautions.append("You say that the buyer has not got it: ticket and money are not to be with one person.")
    if row.status == TicketStatus.RESERVED and row.line and unclosed_payments(row.line.order):
        cautions.append("Its payment is closed at the gateway first; where that cannot be done, nothing is void.")
    return rehearsed("The sale is undone, and what was found invalid is taken out.", act, cautions=cautions)


def _voided(row: Ticket, asked: Asked) -> str | bool:
    refund = _void(row, asked)
    if refund is not None and refund.status == RefundStatus.REQUESTED:
        return "Asked for: a second person must approve the refund. Until then its money and its tickets stay here."
    return True


def _seen(row: Ticket) -> str:
    """What the operator saw of the ticket, of its part, and of the money."""
    if row.line is None:
        return row.status
    hold = EscrowHold.objects.filter(fulfilment=row.line.fulfilment_id).first()
    money = f"{hold.status} {hold.remaining_minor}" if hold else ""
    return f"{row.status} {row.is_invalid} {row.line.fulfilment.status} {money}"


VOID_SOLD = Act(
    name="void-sold",
    title="It lets nobody in…",
    confirm="Void it and undo the sale",
    code="tickets.void",
    effect=_effect,
    preview=_preview,
    do=_voided,
    done="The sale is undone, and the ticket is void.",
    fits=lambda row: row.status in (TicketStatus.RESERVED, TicketStatus.IN_ESCROW, TicketStatus.REVIEW),
    seen=_seen,
    form=InvalidForm,
    tone=Tone.BAD,
    reason_hint="The event was called off, the barcode is forged, the organizer blocked it; and how you know.",
)
