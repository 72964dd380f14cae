"""Reads of transfers: locked ones, the one of a part that counts, and what is sent of it."""

from __future__ import annotations

from config.kernel.errors import NotFound
from orders.tickets.models import Ticket
from orders.tickets.providers.contract import NewTransfer, Recipient, TicketRef
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.states import LIVE, TransferStatus


def lock_transfer(transfer_pk: int) -> TicketTransfer:
    """One transfer, locked; order, fulfilment and tickets are locked before it, where they are. Raises NotFound."""
    found = TicketTransfer.objects.select_for_update(of=("self",)).filter(pk=transfer_pk).first()
    if found is None:
        raise NotFound("there is no such transfer")
    return found


def live_transfer(fulfilment_pk: int) -> TicketTransfer | None:
    """The transfer of this part of which nobody knows yet what becomes of it; there is one at most."""
    return TicketTransfer.objects.filter(fulfilment_id=fulfilment_pk, status__in=LIVE).first()


def transfer_of(fulfilment_pk: int) -> TicketTransfer | None:
    """The transfer of this part that counts: the one that goes on or was accepted, else the last that ended."""
    mine = TicketTransfer.objects.filter(fulfilment_id=fulfilment_pk)
    return mine.filter(status__in=[*LIVE, TransferStatus.ACCEPTED]).first() or mine.order_by("-pk").first()


def new_transfer(transfer: TicketTransfer) -> NewTransfer:
    """What is sent of it, always the same: with the barcodes, which are opened for the provider alone."""
    barcodes = {each.public_id: each.barcode for each in Ticket.objects.filter(public_id__in=transfer.ticket_ids)}
    return NewTransfer(
        reference=transfer.public_id,
        tickets=tuple(TicketRef(each, barcode=barcodes.get(each, "")) for each in transfer.ticket_ids),
        recipient=Recipient(email=transfer.recipient),
        expires_at=transfer.expires_at,
    )
