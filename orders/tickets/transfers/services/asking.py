"""A person has the provider asked about a transfer at once, instead of waiting for the sweep."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.audit.services import record
from config.kernel.errors import Conflict
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.queries import lock_transfer
from orders.tickets.transfers.states import OPEN, TransferStatus

ASKABLE = (*OPEN, TransferStatus.CANCELLING)


class NothingToAsk(Conflict):
    """The transfer is decided, with a person, or not yet at its provider."""

    code = "transfer_not_asked_about"


def ask_soon(*, transfer_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """The next sweep asks about it. False when it is due already. Raises NothingToAsk."""
    with transaction.atomic():
        transfer = lock_transfer(transfer_pk)
        if transfer.status not in ASKABLE:
            raise NothingToAsk(f"the transfer is {transfer.status}")
        if transfer.ask_at is not None and transfer.ask_at <= at:
            return False
        TicketTransfer.objects.filter(pk=transfer.pk).update(ask_at=at)
        record(transfer, act="asked_again", actor=actor, at=at, reason=reason)
    return True
