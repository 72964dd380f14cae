"""Takes off sale what went back to its seller by a provider's word, once another word says that it left after all."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from config.kernel.errors import Conflict
from orders.fulfilment.queries import lock_fulfilment
from orders.order.queries import lock_order
from orders.tickets.barcodes import barcode_digests
from orders.tickets.models import Ticket
from orders.tickets.services.invalid import TicketIsOut, TicketNotPromised, find_invalid
from orders.tickets.services.listing import TicketNotFree, one_lister_at_a_time, void_ticket
from orders.tickets.states import TicketStatus
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.states import TransferStatus

log = logging.getLogger(__name__)
MACHINE = "system:transfers"
REASON = "its provider says that a former buyer may have it"
_PROMISED_HERE = (TicketStatus.RESERVED, TicketStatus.IN_ESCROW)
_LOOKS = 3


class StillMoving(Conflict):
    """It went from hand to hand while it was looked at; it is tried again."""

    code = "ticket_still_moving"


def take_off_sale(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `ticket_transfer.unanswered` and `ticket_transfer.accepted`: what its provider first gave back to its
    seller, and then says to be with its buyer, is sold to nobody else. Told again, it does nothing.

    What is on sale is taken out, whoever listed the barcode since. What a next buyer was promised goes to nobody: with
    its part of the order it becomes void, and that buyer gets the money, by the timeout at the latest. Where it is out
    or delivered once more a person finds out who has it; the transfer that contradicts itself is their case. Raises
    StillMoving.
    """
    transfer = TicketTransfer.objects.get(public_id=payload["transfer"])
    left = Ticket.objects.filter(public_id__in=transfer.ticket_ids, barcode_digest__isnull=False)
    for ticket in left.exclude(line__fulfilment=transfer.fulfilment_id).order_by("pk"):
        known = barcode_digests(ticket.barcode)
        if not any(_taken_off(known, transfer, at=at) for _ in range(_LOOKS)):
            raise StillMoving


def _taken_off(known: tuple[bytes, ...], transfer: TicketTransfer, *, at: datetime) -> bool:
    """Whether nothing of it is on offer any more; False where it moved meanwhile."""
    offered = {TicketStatus.LISTED, *_PROMISED_HERE}
    if transfer.status == TransferStatus.ACCEPTED:
        offered.add(TicketStatus.RELEASED_BACK)
    try:
        with transaction.atomic():
            one_lister_at_a_time([known])  # who lists it after this commit reads what the transfer says
            same = Ticket.objects.filter(barcode_digest__in=known, status__in=offered, is_invalid=False)
            same = same.exclude(line__fulfilment=transfer.fulfilment_id)
            for ticket in same.select_related("line__order", "line__fulfilment").order_by("pk"):
                _take_off(ticket, transfer, at=at)
    except TicketIsOut:
        log.error("a ticket that a former buyer may have is with a provider again", extra={"transfer": str(transfer)})
    except (TicketNotFree, TicketNotPromised):
        return False
    return True


def _take_off(ticket: Ticket, transfer: TicketTransfer, *, at: datetime) -> None:
    if ticket.line is None:
        void_ticket(ticket_pk=ticket.pk, actor=MACHINE, at=at, reason=f"{REASON}: {transfer}")
        return
    lock_order(ticket.line.order.public_id)
    part = lock_fulfilment(ticket.line.fulfilment_id)
    find_invalid(part=part, ticket_pk=ticket.pk, whole_part=False, actor=MACHINE, reason=f"{REASON}: {transfer}", at=at)
