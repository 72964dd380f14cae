"""What operations' figures say of orders: the last 24 hours, and the tickets in our custody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Sum

from config.ops.counting import CAP, capped
from orders.order.models import Order
from orders.tickets.models import Ticket
from orders.tickets.states import TicketStatus

DAY = timedelta(hours=24)


def orders_24h(at: datetime) -> dict[str, Any]:
    """Placed in the last 24 hours, and paid in them, with what was applied to those per currency. Counting what was
    placed stops at CAP."""
    since = at - DAY
    paid = Order.objects.filter(paid_at__gt=since, paid_at__lte=at).values_list("currency")
    sums = paid.annotate(orders=Count("pk"), applied_minor=Sum("applied_minor")).order_by("currency")
    return {
        "placed": capped(Order.objects.filter(created_at__gt=since, created_at__lte=at), cap=CAP),
        "paid": [
            {"orders": number, "applied": {"amount_minor": applied_minor, "currency": currency}}
            for currency, number, applied_minor in sums
        ],
    }


def tickets_in_escrow(at: datetime) -> int:
    """Tickets that are paid and not with their buyer yet, also those on their way; CAP of each state at most."""
    del at
    held = (TicketStatus.IN_ESCROW, TicketStatus.TRANSFERRING, TicketStatus.CANCELLING, TicketStatus.REVIEW)
    return sum(capped(Ticket.objects.filter(status=status), cap=CAP) for status in held)
