"""Tickets in custody, as operators see them: where each is, for whom, and by which way it travels."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import history
from config.admin.keyset import choice_filter
from config.admin.parts import SHOWN, Fact, Facts, Table, part
from config.admin.show import badge, code, row_link, when
from orders.tickets.acts import RELIST, REVEAL, TRANSFER, VOID
from orders.tickets.models import Ticket
from orders.tickets.parts import transfers_table
from orders.tickets.states import TicketStatus
from orders.tickets.transfers.models import TicketTransfer

_STEPS = {
    TicketStatus.LISTED: "It is on sale.",
    TicketStatus.RESERVED: "An order has it until it is paid for, or its time is over.",
    TicketStatus.IN_ESCROW: "It is paid for. Its seller transfers it, or it goes back and the buyer gets the money.",
    TicketStatus.TRANSFERRING: "A provider has it. Only the provider's word says what became of it.",
    TicketStatus.CANCELLING: "It was called back. The buyer gets the money once the provider says that nobody has it.",
    TicketStatus.REVIEW: "Nobody knows who has it. Find out, then deliver or cancel its part of the order.",
    TicketStatus.DELIVERED: "Its buyer has it.",
    TicketStatus.RELEASED_BACK: "Its seller has it again, and may offer it anew.",
    TicketStatus.VOID: "It was taken out.",
}


@part("tickets.view", "Ticket")
def about(row: Ticket, at: datetime) -> Facts:
    """What it is, whose it was, and for whom it is kept."""
    del at
    line = row.line
    return Facts(
        "Ticket",
        (
            Fact("Id", code(row.public_id)),
            Fact("Listing", row_link(row.product, row.product.sku), hint=row.product.name),
            Fact("Seller", row_link(row.seller, row.seller.called)),
            Fact("Event", row.event_name or "–"),
            Fact("Begins", when(row.event_at)),
            Fact("Place", row.place or "–"),
            Fact("Barcode", row.masked or "forgotten", hint="encrypted; shown only to who says why"),
            Fact("Order", row_link(line.order) if line else "–"),
            Fact("Fulfilment", row_link(line.fulfilment) if line else "–", hint=line.fulfilment.status if line else ""),
            Fact("Listed", when(row.created_at)),
            *((Fact("Found invalid", "yes", hint="it lets nobody in, and goes nowhere"),) if row.is_invalid else ()),
        ),
    )


@part("tickets.view", "Transfers")
def transfers(row: Ticket, at: datetime) -> Table | None:
    """How it travelled, the newest first; also to buyers who did not get it."""
    del at
    mine = TicketTransfer.objects.filter(ticket_ids__contains=[row.public_id], fulfilment__seller=row.seller_id)
    return transfers_table(mine.order_by("-pk")[:SHOWN])


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
    """One seat at one event, and one piece of its listing's stock."""

    list_display = ("title", "status_shown", "listing", "place_shown", "event", "barcode_shown")
    list_filter = (choice_filter("status", "status", TicketStatus.values),)
    list_select_related = ("product",)
    prefixes = ("tkt_",)
    searched = "ticket id (tkt_…)"
    parts = (about, transfers, history)
    acts = (TRANSFER, RELIST, VOID, REVEAL)

    def headline(self, row: Ticket, *, at: datetime) -> Headline:
        del at
        name = row.event_name or row.product.name
        place = f", {row.place}" if row.place else ""
        return Headline(f"{name}{place}", (badge(row.status),), _STEPS[TicketStatus(row.status)])

    title = cell("ticket", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status))
    listing = cell("listing", lambda row: code(row.product.sku))
    place_shown = cell("place", lambda row: row.place or "–")
    event = cell("event", lambda row: when(row.event_at))
    barcode_shown = cell("barcode", lambda row: row.masked or "forgotten")
