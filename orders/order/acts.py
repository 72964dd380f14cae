"""What an operator can do about an order that moves no money: take the guest's link back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from config.admin.acts import Act, Asked, Effect, by_rehearsal
from config.admin.panel import Tone
from orders.order.models import Order
from orders.order.services import revoke_access


def _effect(order: Order, user: Any, at: datetime) -> Effect:
    return by_rehearsal(
        "The link that the buyer was sent stops working at once. Signed in, the buyer still sees the order.",
        lambda: revoke_access(order, actor=user.actor, at=at, reason=""),
    )


def _revoke(order: Order, asked: Asked) -> None:
    revoke_access(order, **asked.said)


REVOKE_LINK = Act(
    name="revoke-link",
    title="Revoke the guest's link…",
    confirm="Revoke the link",
    code="orders.cancel",
    effect=_effect,
    do=_revoke,
    done="The link does not work any more.",
    seen=lambda order: f"link {order.access_version}",
    tone=Tone.BAD,
)
