"""Reads of scouts: by code, who brought whom, what a bounty is worth, and who earned most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from config.accounts.models import User
from orders.fulfilment.states import FulfilmentStatus
from orders.order.models import Order, OrderLine
from orders.order.states import OrderStatus
from payments.refunds.models import RefundShare
from payments.refunds.states import OWED
from payouts.scouts.models import Bounty, BountyRate, Referral, Scout
from payouts.scouts.rules import Rate, Sale
from payouts.scouts.states import BountyStatus

LEADERS = 20
# A chain of referrals is not followed further than that: whoever made a longer one has no honest loop in it.
_DEEPEST = 1_000
_ABOVE = f"""
WITH RECURSIVE above(person, depth) AS (
    SELECT s.user_id, 1 FROM {Referral._meta.db_table} r JOIN {Scout._meta.db_table} s ON s.id = r.scout_id
     WHERE r.recruit_id = %(person)s
    UNION
    SELECT s.user_id, a.depth + 1 FROM above a JOIN {Referral._meta.db_table} r ON r.recruit_id = a.person
      JOIN {Scout._meta.db_table} s ON s.id = r.scout_id WHERE a.depth < %(deepest)s
)
SELECT u.public_id FROM above JOIN {User._meta.db_table} u ON u.id = above.person
"""  # noqa: S608 - the tables' names are our own


def scout_by_code(code: str) -> Scout | None:
    """The scout of a code as somebody typed it, active or not."""
    found = Scout.objects.select_related("user", "payee").filter(code=code.strip().upper()).first()
    return found if found is not None and found.user.is_active else None


def above(person: User) -> set[str]:
    """Who brought this person, who brought them, and so on: public ids."""
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE, {"person": person.pk, "deepest": _DEEPEST})
        return {row[0] for row in cursor.fetchall()}


def rate_of(currency: str, *, at: datetime) -> Rate:
    """What a bounty is worth in this currency at that instant: by the newest rate that has begun, else by settings."""
    row = BountyRate.objects.filter(currency=currency, from_at__lte=at).order_by("-from_at").first()
    if row is not None:
        return Rate(row.from_at, row.amount_minor, row.least_sale_minor)
    policy = settings.POLICY
    return Rate(None, policy.scout_bounty_minor.get(currency, 0), policy.scout_bounty_least_sale_minor.get(currency, 0))


def rates_at(at: datetime) -> dict[str, Rate]:
    """Currency → the rate that holds, of every currency in which one ever did or will."""
    set_ones = BountyRate.objects.values_list("currency", flat=True).distinct()
    currencies = {*settings.POLICY.scout_bounty_minor, *set_ones}
    return {currency: rate_of(currency, at=at) for currency in sorted(currencies)}


def sale_of(order: Order) -> Sale:
    """What of an order decides about bounties."""
    over = (OrderStatus.REFUNDED, OrderStatus.CANCELLED, OrderStatus.EXPIRED)
    return Sale(status=order.status, is_given_back=order.status in over)


def concerns_a_scout(order_id: str) -> bool:
    """Whether somebody brought the buyer of this order or one of its sellers, or it earned somebody something."""
    buyers = Referral.objects.filter(recruit=OuterRef("buyer"))
    sellers = Referral.objects.filter(recruit__fulfilments__order=OuterRef("pk"))
    earned = Bounty.objects.filter(order=OuterRef("pk"))
    orders = Order.objects.filter(public_id=order_id)
    return orders.filter(Exists(buyers) | Exists(sellers) | Exists(earned)).exists()


def standing_bounties(order: Order) -> list[Bounty]:
    """What an order earned, and was not taken back; under its lock."""
    found = Bounty.objects.filter(order=order).exclude(status=BountyStatus.REVERSED)
    return list(found.select_related("scout__payee", "recruit").order_by("pk"))


def parts_given_back(order: Order) -> set[int]:
    """The listings of an order of which nothing is sold any more: their seller's part was cancelled, or the buyer has
    all that they paid for them, while the rest of the order stands. What is still owed to the buyer may stay after
    all: a refund that failed can be void."""
    lines = OrderLine.objects.filter(order=order)
    owed = RefundShare.objects.filter(
        hold__fulfilment=OuterRef("fulfilment"), pot__in=("escrow", "released"), refund__status__in=OWED
    )
    off = Q(fulfilment__status=FulfilmentStatus.CANCELLED) | Q(refunded_minor=F("amount_minor")) & ~Exists(owed)
    return set(lines.filter(off).values_list("product", flat=True)) - set(
        lines.exclude(off).values_list("product", flat=True)
    )


def is_first_paid(order: Order) -> bool:
    """Whether no other order of its buyer was paid before it."""
    paid = Order.objects.filter(buyer_id=order.buyer_id, paid_at__isnull=False)
    return paid.order_by("paid_at", "pk").values_list("pk", flat=True).first() == order.pk


@dataclass(frozen=True, slots=True)
class Leader:
    """One line of the leaderboard, without anything personal but the name that the scout chose for it."""

    rank: int
    name: str
    bounties: int
    amount_minor: int


def leaders(*, currency: str, since: datetime, until: datetime) -> list[Leader]:
    """Who earned most in `[since, until)`, the best first, and no more than twenty."""
    earned = Bounty.objects.filter(currency=currency, accrued_at__gte=since, accrued_at__lt=until)
    rows = (
        earned.exclude(status=BountyStatus.REVERSED)
        .values("scout")
        .annotate(number=Count("id"), total=Sum("amount_minor"))
        .order_by("-total", "scout")[:LEADERS]
    )
    found = list(rows)
    scouts = Scout.objects.in_bulk([row["scout"] for row in found])
    return [
        Leader(rank, shown_name(scouts[row["scout"]]), row["number"], row["total"])
        for rank, row in enumerate(found, start=1)
    ]


def shown_name(scout: Scout) -> str:
    """The name that they chose, or one that tells nothing of them."""
    return scout.display_name or f"Scout {scout.public_id[-4:]}"
