"""What we write to a buyer whose saved method was not charged because only they can go on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from config.admin.money import show_money
from config.outbox.letters import send_letter
from orders.order.notices import follow_url
from payments.charges.models import Payment


def ask_back(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `payment.needs_customer`: one letter for each payment, none once it was paid or its order is over.
    Raises MailNotConfigured."""
    del at
    payment = Payment.objects.select_related("order").get(public_id=payload["payment"])
    order = payment.order
    if order is None or not order.email or order.status != "pending_payment":
        return
    send_letter(
        fact=f"payment.needs_customer.{payment.public_id}",
        subject=f"Your order {order.public_id} is not paid yet",
        body=(
            f"We tried to charge {show_money(payment.amount)} to the payment method that you saved, and could not. "
            f"Your bank may want you to agree yourself, or to pay in another way. Nothing was charged.\n\n"
            f"Please come back to the shop and go on with the payment. Your order:\n{follow_url(order)}\n"
        ),
        to=[order.email],
    )
