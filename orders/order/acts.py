"""What an operator can do about an order that moves no money: take the guest's link back."""

from __future__ import annotations

from config.admin.acts import Act, Asked, rehearsing
from config.admin.panel import Tone
from orders.order.models import Order
from orders.order.services import revoke_access


def _revoke(order: Order, asked: Asked) -> None:
    revoke_access(order, **asked.said)


REVOKE_LINK = Act(
    name="revoke-link",
    title="Revoke the guest's link…",
    confirm="Revoke the link",
    code="orders.cancel",
    effect=rehearsing(
        _revoke, "The link that the buyer was sent stops working at once. Signed in, the buyer still sees the order."
    ),
    do=_revoke,
    done="The link does not work any more.",
    seen=lambda order: f"link {order.access_version}",
    tone=Tone.BAD,
)
