"""What tickets add to the pages of orders and fulfilments: which they are, and how they travel."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from config.admin.parts import SHOWN, Table, columns, part
from config.admin.show import badge, code, row_link, when
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from orders.tickets.models import Ticket
from orders.tickets.transfers.models import TicketTransfer


@part("tickets.view", "Tickets")
def tickets_of_order(order: Order, at: datetime) -> Table | None:
    """Every ticket that is promised to it; nothing where it has none."""
    del at
    return tickets_table(Ticket.objects.filter(line__order=order).select_related("product").order_by("pk")[:SHOWN])


@part("tickets.view", "Tickets")
def tickets_of_fulfilment(row: Fulfilment, at: datetime) -> Table | None:
    """The tickets that its seller owes."""
    del at
    return tickets_table(Ticket.objects.filter(line__fulfilment=row).select_related("product").order_by("pk")[:SHOWN])


@part("orders.view", "Transfers")
def transfers_of_fulfilment(row: Fulfilment, at: datetime) -> Table | None:
    """How they went to the buyer, the newest first."""
    del at
    return transfers_table(TicketTransfer.objects.filter(fulfilment=row).order_by("-pk")[:SHOWN])


def tickets_table(tickets: Iterable[Ticket]) -> Table | None:
    found = list(tickets)
    if not found:
        return None
    return Table(
        title="Tickets",
        columns=columns("Ticket", "State", "Listing", "Place", "Event", "Barcode"),
        rows=tuple(
            (
                row_link(ticket),
                badge(ticket.status),
                code(ticket.product.sku),
                ticket.place or "–",
                when(ticket.event_at),
                ticket.masked or "forgotten",
            )
            for ticket in found
        ),
    )


def transfers_table(transfers: Iterable[TicketTransfer]) -> Table | None:
    found = list(transfers)
    if not found:
        return None
    return Table(
        title="Transfers",
        columns=columns("Transfer", "State", "Provider", "Theirs", "To", "#Tickets", "Until", "Begun"),
        rows=tuple(
            (
                code(transfer.public_id),
                badge(transfer.status),
                transfer.provider,
                code(transfer.provider_id or "–"),
                transfer.recipient_masked or "–",
                f"{len(transfer.ticket_ids):,}",
                when(transfer.expires_at),
                when(transfer.created_at),
            )
            for transfer in found
        ),
    )
