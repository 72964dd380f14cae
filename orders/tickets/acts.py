"""What an operator can do about a ticket: each act is one service call, told before it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings

from config.admin.acts import Act, Asked, Effect, Reveal, rehearsing
from config.admin.panel import Tone
from orders.tickets.models import Ticket
from orders.tickets.services.listing import relist_ticket, void_ticket
from orders.tickets.services.revealing import reveal_barcode
from orders.tickets.services.transferring import transfer_tickets
from orders.tickets.states import TicketStatus


def _void(row: Ticket, asked: Asked) -> bool:
    return void_ticket(ticket_pk=row.pk, **asked.said)


VOID = Act(
    name="void",
    title="Take it out…",
    confirm="Take it out for good",
    code="tickets.write",
    effect=rehearsing(
        _void, "Nobody can buy it any more, and its seller has it. That is for good: to sell it they list it anew."
    ),
    do=_void,
    done="It is void.",
    fits=lambda row: row.status in (TicketStatus.LISTED, TicketStatus.RELEASED_BACK),
    tone=Tone.BAD,
)


def _relist(row: Ticket, asked: Asked) -> bool:
    return relist_ticket(ticket_pk=row.pk, **asked.said)


RELIST = Act(
    name="relist",
    title="Offer it again…",
    confirm="Offer it again",
    code="tickets.write",
    effect=rehearsing(_relist, "It is on the shelf again, and one more piece of its listing."),
    do=_relist,
    done="It is listed.",
    fits=lambda row: row.status == TicketStatus.RELEASED_BACK and row.barcode_sealed is not None,
    tone=Tone.GOOD,
)


class ProviderForm(forms.Form):
    provider = forms.ChoiceField(choices=lambda: [(name, name) for name in settings.TRANSFER_PROVIDERS])


def _transfer_effect(row: Ticket, user: Any, at: datetime) -> Effect:
    del user, at
    count = Ticket.objects.filter(line__fulfilment=row.line.fulfilment_id).count() if row.line else 0
    return Effect(
        summary=f"In the seller's place you send all {count} tickets of this part of the order to its buyer.",
        calls=("the provider: offer the tickets to the buyer's e-mail",),
        cautions=("From then on only the provider's word, or a person's, says who has them.",),
    )


def _transfer(row: Ticket, asked: Asked) -> bool:
    if row.line is None:
        return False
    transfer_tickets(
        fulfilment=row.line.fulfilment,
        provider=asked.given["provider"],
        **asked.said,
    )
    return True


TRANSFER = Act(
    name="transfer",
    title="Transfer to the buyer…",
    confirm="Send them to the buyer",
    code="tickets.transfer",
    effect=_transfer_effect,
    do=_transfer,
    done="The transfer has begun.",
    fits=lambda row: row.status == TicketStatus.IN_ESCROW,
    form=ProviderForm,
)


def _reveal(row: Ticket, asked: Asked) -> Reveal:
    return Reveal(
        title=f"The barcode of {row.public_id}",
        secret=reveal_barcode(ticket=row, **asked.said),
        note="Whoever has it can enter. That you saw it, and why, is kept.",
    )


REVEAL = Act(
    name="reveal",
    title="Show the barcode…",
    confirm="Show it",
    code="tickets.reveal",
    effect=lambda row, user, at: Effect(
        summary="You see on the next page, once, what lets its owner in.",
        cautions=("Its seller and its buyer trust us that nobody does without need.",),
    ),
    do=_reveal,
    done="It was shown once.",
    fits=lambda row: row.barcode_sealed is not None,
)
