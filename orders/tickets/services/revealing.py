"""Shows somebody a barcode, deliberately: it lets in whoever has it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.audit.services import record
from config.kernel.errors import Conflict
from orders.fulfilment.services import ReasonWanted
from orders.tickets.models import Ticket
from orders.tickets.providers.contract import TransferCapability
from orders.tickets.providers.registry import UnknownTransferProvider, provider_for
from orders.tickets.states import TicketStatus
from orders.tickets.transfers.queries import transfer_of


class BarcodeForgotten(Conflict):
    """The event is over, and its barcode is not kept any more."""

    code = "barcode_forgotten"


def reveal_barcode(*, ticket: Ticket, actor: str, reason: str, at: datetime) -> str:
    """To a person of ours, who says why; that they saw it is kept, and never what. Raises ReasonWanted,
    BarcodeForgotten."""
    if not reason.strip():
        raise ReasonWanted("say why you need to see it", field="reason")
    with transaction.atomic():
        barcode = ticket.barcode
        if not barcode:
            raise BarcodeForgotten
        record(ticket, act="barcode_revealed", actor=actor, at=at, reason=reason)
    return barcode


def barcode_for_buyer(ticket: Ticket) -> str:
    """What its buyer enters with: once it is theirs, and no provider hands them one of its own. Else nothing."""
    if ticket.status != TicketStatus.DELIVERED or ticket.line is None:
        return ""
    transfer = transfer_of(ticket.line.fulfilment_id)
    if transfer is None:
        return ticket.barcode
    try:
        by_hand = TransferCapability.BY_HAND in provider_for(transfer.provider).capabilities
    except UnknownTransferProvider:
        return ""
    return ticket.barcode if by_hand else ""
