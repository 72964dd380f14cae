"""Seeds demo orders through the sandbox: paid, delivered with a refund asked for, completed, declined, cancelled,
disputed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.conf import settings

from config.accounts.models import User
from config.kernel import clock
from config.kernel.errors import Refused
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import deliver
from orders.order.models import Order
from orders.order.services import place_order
from orders.order.states import OrderStatus
from orders.tickets.services.transferring import transfer_tickets
from payments.charges.services.start import Started, start_payment
from payments.demo.disputes import dispute_order
from payments.demo.people import ACTOR, BUYER, KEPT_BACK, OPERATIONS, SUPPORT
from payments.demo.waiting import Wait, until
from payments.escrow.services.cancel import cancel_fulfilment
from payments.escrow.services.release import complete_fulfilment
from payments.refunds.services.by_staff import request_refund
from payments.refunds.services.plan import Wish
from payments.reserves.services.terms import set_reserve_terms
from payments.sandbox.control_client import Control

ASKED_MINOR = 200_000
# Its money is ours at once, so that it can be paid out within the demo.
CARD = "pm_card_bypassPending"


@dataclass(frozen=True)
class Scene:
    """A cart, how its customer pays (a test payment method, or not at all), what happens after it was paid, and
    what becomes of it once the buyer goes to their bank."""

    items: tuple[tuple[str, int], ...]
    currency: str
    method: str
    then: str = ""
    dispute: str = ""


SCENES = (
    Scene((("LP-KIND-OF-BLUE", 1), ("TKT-JAZZ-FRI", 2)), "USD", CARD, "complete"),
    Scene((("TKT-OPERA", 1),), "INR", CARD, "ask"),
    Scene((("LP-PET-SOUNDS", 2),), "USD", CARD),
    Scene((("CD-BOX-BACH", 1), ("TKT-JAZZ-SAT", 1)), "INR", CARD, "cancel"),
    Scene((("TKT-JAZZ-SAT", 2),), "USD", "pm_card_chargeDeclined"),
    Scene((("LP-KIND-OF-BLUE", 1),), "USD", ""),
    Scene((("LP-KIND-OF-BLUE", 1), ("TKT-JAZZ-SAT", 1)), "USD", CARD, "deliver", "begun"),
    Scene((("CD-BOX-BACH", 1),), "USD", CARD, "deliver", "unanswered"),
    Scene((("TKT-OPERA", 2),), "USD", CARD, "deliver", "conceding"),
    Scene((("TKT-JAZZ-FRI", 1),), "INR", CARD, "deliver", "inquiry"),
    Scene((("TKT-OPERA", 1),), "USD", CARD, "deliver", "submitted"),
    Scene((("LP-PET-SOUNDS", 1),), "USD", CARD, "complete", "lost"),
    Scene((("TKT-JAZZ-FRI", 2),), "USD", CARD, "deliver", "won"),
    Scene((("TKT-ARENA", 2),), "USD", CARD),
    Scene((("TKT-ARENA", 1),), "USD", CARD, "send"),
    Scene((("TKT-ARENA", 2),), "INR", CARD, "hand over"),
    Scene((("TKT-ARENA", 1),), "USD", CARD, "cancel"),
    Scene((("LP-KIND-OF-BLUE", 2),), "INR", CARD, "complete"),
    Scene((("TKT-JAZZ-FRI", 1),), "INR", CARD, "complete"),
    Scene((("TKT-JAZZ-FRI", 2),), "USD", CARD, "complete"),
)


def seed_orders(*, control: Control, say: Callable[[str], None]) -> int:
    """Plays every scene once; what waits for a webhook waits until the running site has heard it. Returns how many
    orders were placed: none when the demo's buyer has orders already."""
    buyer = User.objects.get(email=BUYER)
    if Order.objects.filter(buyer=buyer).exists():
        return 0
    keep_back(at=clock.now())
    return len(play(SCENES, buyer, control=control, say=say))


def play(
    scenes: Sequence[Scene], buyer: User, *, control: Control, say: Callable[[str], None], wait: Wait = until
) -> list[Order]:
    """Places an order of this buyer for each scene, and does what follows once each is paid."""
    placed = [(scene, _place(scene, buyer, control)) for scene in scenes]
    for scene, order in placed:
        if scene.then and wait(partial(_is_paid, order)):
            _finish(scene, order, buyer, say)
            if scene.dispute and not dispute_order(order, scene.dispute, control=control):
                say(f"{order.public_id}: its dispute was not heard of")
    return [order for _, order in placed]


def keep_back(*, at: datetime) -> None:
    """Of one seller a part of each release stays with us for a while."""
    set_reserve_terms(
        owner=User.objects.get(email=KEPT_BACK).public_id,
        currency="USD",
        fixed_minor=0,
        rolling_bps=1_000,
        rolling_days=30,
        actor=ACTOR,
        reason="demo: records come back more often than tickets",
        at=at,
    )


def _place(scene: Scene, buyer: User, control: Control) -> Order:
    at = clock.now()
    order = place_order(
        items=[{"sku": sku, "quantity": quantity} for sku, quantity in scene.items],
        currency=scene.currency,
        email=buyer.email,
        buyer=buyer,
        accept_terms=True,
        cart_metadata={"source": "demo"},
        policy=settings.POLICY,
        at=at,
    )
    started: Started = start_payment(order_id=order.public_id, account="stripe", actor=buyer.actor, at=at)
    if scene.method:
        control.stripe(f"payment_intents/{started.payment.gateway_payment_id}/confirm", payment_method=scene.method)
    return order


def _is_paid(order: Order) -> bool:
    order.refresh_from_db()
    return order.status == OrderStatus.PAID


def _finish(scene: Scene, order: Order, buyer: User, say: Callable[[str], None]) -> None:
    at = clock.now()
    for part in order.fulfilments.select_related("seller").order_by("pk"):
        try:
            if scene.then == "cancel":
                cancel_fulfilment(fulfilment_pk=part.pk, actor=ACTOR, reason="demo: the seller is out of it", at=at)
                return
            if scene.then == "send":
                transfer_tickets(fulfilment=part, provider="manual", actor=part.seller.actor, at=at)
                return
            if scene.then == "hand over":
                _hand_over(part, at)
                return
            deliver(fulfilment=part, actor=part.seller.actor, by_staff=False, at=at, policy=settings.POLICY)
            if scene.then == "complete":
                complete_fulfilment(fulfilment_pk=part.pk, actor=buyer.actor, at=at)
            elif scene.then == "ask":
                _ask_for_a_refund(order, at)
        except Refused as refusal:
            say(f"{order.public_id}: {refusal.code}: {refusal.detail}")


def _hand_over(part: Fulfilment, at: datetime) -> None:
    """Staff say so: nobody is there to confirm."""
    actor, reason = User.objects.get(email=OPERATIONS).actor, "demo: the buyer said so on the telephone"
    deliver(fulfilment=part, actor=actor, by_staff=True, at=at, policy=settings.POLICY, reason=reason)


def _ask_for_a_refund(order: Order, at: datetime) -> None:
    """More than one person may decide, so that it waits for a second one on the overview."""
    request_refund(
        order_id=order.public_id,
        wish=Wish(ASKED_MINOR),
        reason="demo: the view was blocked, the buyer sent a photo",
        requester=User.objects.get(email=SUPPORT).actor,
        policy=settings.POLICY,
        at=at,
    )
