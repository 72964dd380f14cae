"""What buyers and the seller of a drill do, each through the installation's own doors."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any

from django.conf import settings

from orders.order.access import access_token
from orders.order.models import Order
from orders.order.services import place_order
from payments.charges.models import Payment
from payments.charges.services.start import start_payment
from payments.drills import cast
from payments.drills.site import address_of_a_buyer
from payments.drills.stage import Stage

VISA = "pm_card_visa"


@dataclass(frozen=True, slots=True)
class End:
    """What becomes of an order, where it is to stand, and how often its whole amount moves at the gateway after its
    capture."""

    story: str
    status: str
    payment_status: str
    refunds: int = 0
    withdrawals: int = 0
    reinstatements: int = 0


class Fate(Enum):
    """How an order is meant to end."""

    COMPLETED = End("delivered, and the buyer is content", "completed", "paid")
    CANCELLED = End("cancelled by its seller", "cancelled", "refunded", refunds=1)
    REFUNDED_OUTSIDE = End("refunded in the gateway's dashboard", "refunded", "refunded", refunds=1)
    DISPUTED_UNHEARD = End(
        "cancelled before we hear that it is disputed; won", "cancelled", "refunded",
        refunds=1, withdrawals=1, reinstatements=1,
    )  # fmt: skip
    DISPUTED_FIRST = End(
        "disputed and won, then cancelled", "cancelled", "refunded", refunds=1, withdrawals=1, reinstatements=1
    )
    REFUNDED_AND_LOST = End("refunded, then disputed and lost", "cancelled", "refunded", refunds=1, withdrawals=1)
    LOST_AFTER_RELEASE = End("completed, then disputed and lost", "refunded", "charged_back", withdrawals=1)

    @property
    def end(self) -> End:
        return self.value

    @property
    def is_delivered(self) -> bool:
        """Whether its seller delivers it, and its buyer is content."""
        return self in (Fate.COMPLETED, Fate.LOST_AFTER_RELEASE)

    @property
    def is_cancelled(self) -> bool:
        """Whether its seller gives it up after it was paid."""
        return self.end.status == "cancelled"


@dataclass
class Purchase:
    """One order of the drill, and how it is meant to end."""

    fate: Fate
    quantity: int
    address: str
    email: str
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    order_id: str = ""
    token: str = ""
    payment_id: str = ""
    gateway_payment_id: str = ""

    @property
    def order(self) -> Order:
        """The order as it stands now."""
        return Order.objects.get(public_id=self.order_id)

    @property
    def payment(self) -> Payment:
        """The payment that the buyer was given."""
        return Payment.objects.get(public_id=self.payment_id)

    def has_ended(self) -> bool:
        """Whether it stands where it was meant to end."""
        order = self.order
        return (order.status, order.payment_status) == (self.fate.end.status, self.fate.end.payment_status)


def fates(stage: Stage) -> list[Fate]:
    """Completed and cancelled in turn, so that each scenario has money that stays and money that goes back."""
    return [(Fate.COMPLETED, Fate.CANCELLED)[number % 2] for number in range(stage.orders)]


def intend(stage: Stage, fate: Fate) -> Purchase:
    """A buyer who is about to buy."""
    email = f"drill-{stage.run}-{secrets.token_hex(4)}@example.com"
    purchase = Purchase(fate=fate, quantity=stage.chance.randint(1, 3), address=address_of_a_buyer(), email=email)
    stage.purchases.append(purchase)
    return purchase


def _cart(stage: Stage, purchase: Purchase) -> dict[str, Any]:
    return {
        "gateway": stage.account,
        "currency": cast.CURRENCY,
        "email": purchase.email,
        "items": [{"sku": stage.product.sku, "quantity": purchase.quantity}],
        "accept_terms": True,
        "metadata": marks(stage),
    }


def marks(stage: Stage) -> dict[str, str]:
    """By what an operator knows an order of a drill."""
    return {"drill": stage.run, "scenario": stage.scenario}


def try_to_check_out(stage: Stage, purchase: Purchase) -> tuple[int, Any]:
    """One request, whatever its answer."""
    return stage.site.post(
        "/api/v1/checkout/", _cart(stage, purchase), headers={"Idempotency-Key": purchase.key}, address=purchase.address
    )


def check_out(stage: Stage, purchase: Purchase) -> None:
    """Sends the cart until it is answered, always with the same key."""
    answer = stage.site.insist(
        "/api/v1/checkout/", _cart(stage, purchase), headers={"Idempotency-Key": purchase.key}, address=purchase.address
    )
    purchase.order_id, purchase.token = answer["order"]["id"], answer["order"]["access_token"]
    purchase.payment_id = answer["payment"]["id"]
    purchase.gateway_payment_id = answer["payment"]["gateway_payment_id"]


def begin(stage: Stage, wanted: Iterable[Fate]) -> list[Purchase]:
    """Orders that wait for their money."""
    purchases = [intend(stage, fate) for fate in wanted]
    for purchase in purchases:
        check_out(stage, purchase)
    return purchases


def begin_to_capture_later(stage: Stage, fate: Fate) -> Purchase:
    """An order whose payment is only authorized at first. There is no door for that: it is the operator's choice."""
    purchase, at = intend(stage, fate), stage.hands.now()
    order = place_order(
        items=[{"sku": stage.product.sku, "quantity": purchase.quantity}],
        currency=cast.CURRENCY,
        email=purchase.email,
        buyer=None,
        accept_terms=True,
        cart_metadata=marks(stage),
        policy=settings.POLICY,
        at=at,
    )
    purchase.order_id, purchase.token = order.public_id, access_token(order)
    started = start_payment(
        order_id=order.public_id, account=stage.account, actor=cast.ACTOR, at=at, capture_manually=True
    )
    purchase.payment_id = started.payment.public_id
    purchase.gateway_payment_id = started.payment.gateway_payment_id or ""
    return purchase


def pay(stage: Stage, purchase: Purchase, method: str = VISA) -> None:
    """The customer confirms at the gateway, which tells us of it by webhook."""
    stage.control.stripe(f"payment_intents/{purchase.gateway_payment_id}/confirm", payment_method=method)


def pay_all(stage: Stage, purchases: Iterable[Purchase]) -> None:
    """Every customer pays."""
    for purchase in purchases:
        pay(stage, purchase)


def wait_until(stage: Stage, purchases: Iterable[Purchase], came: Callable[[Purchase], bool], what: str) -> None:
    """Waits for each of them; raises Stalled for the first that does not come."""
    for purchase in purchases:
        stage.wait(partial(came, purchase), f"{purchase.order_id}: {what}")


def wait_until_paid(stage: Stage, purchases: Iterable[Purchase]) -> None:
    """Until their money was heard of and booked."""
    wait_until(stage, purchases, lambda each: each.order.paid_at is not None, "its money was captured, and paid")


def hand_over(stage: Stage, purchase: Purchase) -> None:
    """What the order is fated to after its payment: delivered and completed, or cancelled by its seller."""
    seller = cast.bearer(stage.product.seller)
    path = f"/api/v1/orders/{purchase.order_id}"
    if purchase.fate.is_delivered:
        stage.site.insist(f"{path}/deliver/", {}, headers=seller, address="")
        buyer = {"X-Order-Token": purchase.token}
        stage.site.insist(f"{path}/complete/", {}, headers=buyer, address=purchase.address)
    elif purchase.fate.is_cancelled:
        stage.site.insist(f"{path}/cancel/", {"reason": "drill"}, headers=seller, address="")


def finish(stage: Stage, purchases: Iterable[Purchase]) -> None:
    """Every order goes the way that it was fated to."""
    purchases = list(purchases)
    for purchase in purchases:
        hand_over(stage, purchase)
    wait_until(stage, purchases, Purchase.has_ended, "its end")
