"""What the dashboard says about today's orders."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Sum
from django.utils import timezone

from config.admin.money import shown
from config.admin.panel import Figure, Panel, Tone, count_text
from config.admin.show import list_url
from config.ops.counting import CAP, by_value, capped
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.states import FulfilmentStatus
from orders.order.models import Order
from orders.order.states import OrderStatus


def today(at: datetime) -> Panel:
    """Since midnight of the operator's zone: placed, paid with its volume per currency, delivered; and what waits now.

    Every figure is read from an index, and counting stops at CAP.
    """
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    waiting = by_value(Order, "status", [OrderStatus.PENDING_PAYMENT, OrderStatus.PAID])
    placed = capped(Order.objects.filter(created_at__gte=midnight), cap=CAP)
    delivered = capped(Fulfilment.objects.filter(delivered_at__gte=midnight), cap=CAP)
    late = capped(Fulfilment.objects.filter(status=FulfilmentStatus.AWAITING, deliver_by__lt=at), cap=CAP)
    return Panel(
        title="Orders today",
        figures=(
            Figure("Placed", count_text(placed, cap=CAP), url=list_url(Order)),
            *_paid(midnight),
            Figure("Delivered", count_text(delivered, cap=CAP), Tone.GOOD if delivered else Tone.NEUTRAL),
            _waiting("Payable now", waiting, OrderStatus.PENDING_PAYMENT),
            _waiting("To be delivered", waiting, OrderStatus.PAID),
            # The sweep cancels these within a minute, unless it stands still.
            Figure("Past their deadline", count_text(late, cap=CAP), Tone.WARNING if late else Tone.GOOD),
        ),
    )


def _paid(midnight: datetime) -> list[Figure]:
    rows = Order.objects.filter(paid_at__gte=midnight).values("currency")
    sums = rows.annotate(orders=Count("pk"), volume_minor=Sum("applied_minor")).order_by("currency")
    figures = [
        Figure(
            f"Paid, {row['currency']}", f"{shown(row['volume_minor'], row['currency'])} · {row['orders']:,}×", Tone.GOOD
        )
        for row in sums
    ]
    return figures or [Figure("Paid", "0")]


def _waiting(label: str, counts: dict[str, int], status: OrderStatus) -> Figure:
    number = counts[status]
    # From the cap on it is the planner's estimate, and says so.
    value = f"about {number:,}" if number >= CAP else f"{number:,}"
    return Figure(label, value, url=list_url(Order, status=status))
