"""Tickets of which nobody knows who has them, on the dashboard."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from config.admin.panel import Tone, WorkItem, WorkList, count_text
from config.admin.show import list_url, url_of
from config.ops.counting import capped
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.states import FulfilmentStatus
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.states import TransferStatus

SHOWN, CAP = 10, 1_000


def tickets_to_find(at: datetime) -> WorkList:
    """Parts whose provider does not say where the tickets are, and transfers of which it says two things: the money of
    these waits for a person. The oldest first."""
    del at
    parts = Fulfilment.objects.filter(status=FulfilmentStatus.REVIEW).select_related("seller").order_by("pk")
    doubtful = contradicted()
    number = capped(parts, cap=CAP) + capped(doubtful, cap=CAP)
    items = [
        WorkItem(
            f"Tickets of {part.seller.name or part.seller.email}",
            "nobody knows who has them: find out, then deliver or cancel the part",
            url_of(part),
            part.created_at,
        )
        for part in parts[:SHOWN]
    ]
    items += [
        WorkItem(
            f"Transfer {transfer.public_id}",
            f"its provider contradicts itself, and its part is {transfer.fulfilment.status}",
            url_of(transfer.fulfilment),
            transfer.created_at,
        )
        for transfer in doubtful[: SHOWN - len(items)]
    ]
    url = list_url(Fulfilment, status=FulfilmentStatus.REVIEW)
    tone = Tone.BAD if number else Tone.GOOD
    return WorkList("Tickets to be found", count_text(number, cap=CAP), tuple(items), tone, url)


def contradicted() -> QuerySet[TicketTransfer]:
    """Of parts that are decided: nothing moves by itself any more, and somebody may have what is not theirs."""
    waiting = TicketTransfer.objects.filter(status=TransferStatus.REVIEW).select_related("fulfilment").order_by("pk")
    return waiting.exclude(
        fulfilment__status__in=(FulfilmentStatus.REVIEW, FulfilmentStatus.AWAITING, FulfilmentStatus.CANCELLING)
    )
