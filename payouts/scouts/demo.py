"""Seeds the demo's scout: whom they brought, what a bounty is worth, and bounties in every state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from config.accounts.models import User
from config.accounts.roles import Role
from orders.order.models import Order
from payments.demo.orders import CARD, Scene, play
from payments.demo.people import ACTOR, ADMINISTRATOR, BUYER
from payments.demo.waiting import Wait, until
from payments.sandbox.control_client import Control
from payouts.scouts.models import Bounty, BountyRate, Referral, Source
from payouts.scouts.services.enrol import enrol, rename
from payouts.scouts.services.rates import set_rate
from payouts.scouts.services.refer import set_referral
from payouts.scouts.states import BountyStatus

SCOUT, SELLER = "scout@example.com", "bruno@example.com"
RECRUITS = {"chandra@example.com": "Chandra Iyer", "dev@example.com": "Dev Mehta"}
# What their first orders are: the one is kept, the other goes back after it was completed.
KEPT = Scene((("LP-PET-SOUNDS", 1),), "INR", CARD, "complete")
GIVEN_BACK = Scene((("CD-BOX-BACH", 1),), "INR", CARD, "complete")


def seed_scout(*, at: datetime) -> None:
    """A scout who brought the buyer, a seller and two more people, and what that is worth; each once."""
    scout = enrol(user=_person(SCOUT, "Demo scout", Role.BUYER, Role.SCOUT), actor=ACTOR, at=at)
    rename(scout=scout, display_name="Swift Kingfisher", actor=ACTOR, at=at)
    for email, name in RECRUITS.items():
        _person(email, name, Role.BUYER)
    for recruit in User.objects.filter(email__in=[BUYER, SELLER, *RECRUITS]).order_by("pk"):
        if not Referral.objects.filter(recruit=recruit).exists():
            set_referral(recruit=recruit, scout=scout, source=Source.LINK, actor=ACTOR, reason="the demo", at=at)
    if not BountyRate.objects.exists():
        _rate(25_000, from_at=at, reason="demo: the autumn's", at=at)
        _rate(30_000, from_at=at + timedelta(days=30), reason="demo: for the festival", at=at)


def _person(email: str, name: str, *roles: Role) -> User:
    """With the one password of the demo's people, which nobody here knows."""
    found = User.objects.filter(email=email).first()
    if found is None:
        found = User.objects.create_user(email, None, roles=list(roles), name=name)
        found.password = User.objects.get(email=ADMINISTRATOR).password
        found.save(update_fields=["password"])
    return found


def _rate(amount_minor: int, *, from_at: datetime, reason: str, at: datetime) -> None:
    set_rate(
        currency="INR", amount_minor=amount_minor, least_sale_minor=100_000, from_at=from_at, actor=ACTOR,
        reason=reason, at=at,
    )  # fmt: skip


def seed_scouting(*, control: Control, say: Callable[[str], None], wait: Wait = until) -> None:
    """The first orders of two recruits, once: one matures, of the other the money goes back after that. What the demo's
    seller sold has earned the scout something by then too."""
    if Order.objects.filter(buyer__email__in=RECRUITS).exists():
        return
    kept, given_back = (
        play([scene], User.objects.get(email=email), control=control, say=say, wait=wait)[0]
        for scene, email in zip((KEPT, GIVEN_BACK), RECRUITS, strict=True)
    )
    if not wait(lambda: all(_is(order, BountyStatus.MATURED) for order in (kept, given_back))):
        say("the bounties of the demo's recruits have not matured yet")
        return
    charge_id = given_back.payments.exclude(charge_id="").latest("pk").charge_id
    control.stripe(f"charges/{charge_id}/refund", amount=given_back.total_minor)
    if not wait(lambda: _is(given_back, BountyStatus.REVERSED)):
        say("the bounty of an order that went back is not taken back yet")


def _is(order: Order, status: BountyStatus) -> bool:
    return Bounty.objects.filter(order=order, event="first_order", status=status).exists()
