"""What we write to buyers about their order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from config.admin.money import show_money
from config.kernel.money import Money
from config.outbox.letters import send_letter
from orders.order.access import access_token
from orders.order.models import Order


def send_confirmation(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `order.paid`: tells the buyer what they paid for, and where they can follow it. A buyer whose address
    was erased meanwhile gets none. Raises MailNotConfigured."""
    del at  # the same letter whenever it is sent
    order = Order.objects.prefetch_related("lines").get(public_id=payload["order"])
    if not order.email:
        return
    send_letter(
        fact=f"order.paid.{order.public_id}",
        subject=f"Your order {order.public_id} is paid",
        body=confirmation_text(order),
        to=[order.email],
    )


def confirmation_text(order: Order) -> str:
    """The letter as plain text. Amounts are formatted for reading, never to be read back."""
    bought = "\n".join(
        f"{line.quantity} × {line.name}: {show_money(Money(line.amount_minor, order.currency))}"
        for line in sorted(order.lines.all(), key=lambda line: line.position)
    )
    return (
        f"Thank you. We have received your payment.\n\n"
        f"{bought}\n\n"
        f"Total: {show_money(order.total)}\n\n"
        f"Follow your order here:\n{follow_url(order)}\n\n"
        f"Whoever has this link can see this order, so keep it to yourself. "
        f"It works until {order.access_expires_at:%Y-%m-%d}.\n"
    )


def follow_url(order: Order) -> str:
    """Where a guest follows the order. The token stands in the fragment, which browsers send to nobody: not to our
    server's log, and not to other sites as a referrer."""
    return f"{settings.PUBLIC_URL}/orders/{order.public_id}#{access_token(order)}"
