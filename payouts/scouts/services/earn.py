"""What an order earns the scouts of those who bought and sold: accrued, matured and taken back by where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from config.audit.services import move, record
from config.kernel.money import Money
from orders.order.models import Order, OrderLine
from orders.order.queries import lock_order
from payments.ledger import bounty_recipes
from payments.ledger.rules import Balance, waterfall
from payments.ledger.services import lock_balance, post
from payouts.scouts import rules
from payouts.scouts.models import Bounty, BountyEvent, Referral
from payouts.scouts.queries import (
    concerns_a_scout,
    is_first_paid,
    parts_given_back,
    rate_of,
    sale_of,
    standing_bounties,
)
from payouts.scouts.rules import Turn
from payouts.scouts.states import BountyStatus

SYSTEM = "system:scouts"


def follow_order(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of what happens to an order: paid, completed, cancelled, its money moved. Told in any order
    and twice, it comes to the same: what is due follows from where the order stands now."""
    if not concerns_a_scout(payload["order"]):
        return  # most orders: one statement, and no lock
    with transaction.atomic():
        order = lock_order(payload["order"])
        sale = sale_of(order)
        off = parts_given_back(order)
        earned = _earned(order, off) if order.paid_at is not None and not sale.is_given_back else []
        _lock_balances(order, earned)
        for bounty in earned:
            _promise(bounty, at=at)
        for bounty in standing_bounties(order):
            due = rules.turn(bounty.status, sale, part_is_off=bounty.listing_id in off)
            if due is Turn.MATURE:
                _mature(bounty, at=at)
            elif due is Turn.REVERSE:
                _reverse(bounty, at=at)


def _lock_balances(order: Order, earned: list[Bounty]) -> None:
    """Of everybody whom this order may concern, in one order for all orders and before anything is written: two
    orders of each other's recruits would wait for one another in circles."""
    owners = {bounty.scout.payee.owner for bounty in (*earned, *standing_bounties(order))}
    for owner in sorted(owners):
        lock_balance(owner, order.currency)


def _earned(order: Order, off: set[int]) -> list[Bounty]:
    """A bounty, not written yet, for each event of a paid order; some of them earned one before. `off` are the listings
    whose sale is over."""
    paid_at = order.paid_at or order.created_at
    rate = rate_of(order.currency, at=paid_at)
    found = []
    buyer = order.buyer.public_id if order.buyer is not None else ""
    referral = _referral(order.buyer_id)
    if referral is not None and rules.earns(
        referred_at=referral.at, paid_at=paid_at, buyer=buyer, scout=referral.scout.user.public_id
    ) and is_first_paid(order):  # fmt: skip
        found.append(_bounty(referral, order, None, rate.bounty_minor(order.total_minor), accrued_at=paid_at))
    for line in order.lines.select_related("fulfilment__seller", "product").order_by("product_id", "pk"):
        seller = line.fulfilment.seller
        referral = _referral(seller.pk)
        if line.product_id in off or referral is None:
            continue
        scout = referral.scout.user.public_id
        if rules.earns(referred_at=referral.at, paid_at=paid_at, buyer=buyer, scout=scout, seller=seller.public_id):
            found.append(_bounty(referral, order, line, rate.bounty_minor(line.amount_minor), accrued_at=paid_at))
    return [bounty for bounty in found if bounty.amount_minor]


def _referral(person_pk: int | None) -> Referral | None:
    if person_pk is None:
        return None
    found = Referral.objects.select_related("scout__payee", "scout__user", "recruit").filter(recruit=person_pk).first()
    return found if found is not None and found.scout.is_active else None


def _bounty(
    referral: Referral, order: Order, line: OrderLine | None, amount_minor: int, *, accrued_at: datetime
) -> Bounty:
    return Bounty(
        scout=referral.scout,
        event=BountyEvent.LISTING_SOLD if line is not None else BountyEvent.FIRST_ORDER,
        recruit=referral.recruit,
        order=order,
        listing=line.product if line is not None else None,
        currency=order.currency,
        amount_minor=amount_minor,
        accrued_at=accrued_at,
    )


def _promise(bounty: Bounty, *, at: datetime) -> None:
    """The bounty, where this event did not earn one yet: uniqueness is PostgreSQL's."""
    try:
        with transaction.atomic():
            bounty.save(force_insert=True)
    except IntegrityError as error:
        if "earns_one_bounty" not in str(error):
            raise
        return
    record(bounty, act="accrued", actor=SYSTEM, at=at, facts={"order": bounty.order.public_id, "event": bounty.event})
    owner = bounty.scout.payee.owner
    post(
        bounty_recipes.bounty_accrued(bounty_id=bounty.public_id, owner=owner, amount=bounty.amount),
        actor=SYSTEM,
        at=at,
    )


def _mature(bounty: Bounty, *, at: datetime) -> None:
    owner = bounty.scout.payee.owner
    if move(bounty, to=BountyStatus.MATURED, actor=SYSTEM, at=at, matured_at=at):
        draft = bounty_recipes.bounty_matured(bounty_id=bounty.public_id, owner=owner, amount=bounty.amount)
        post(draft, actor=SYSTEM, at=at)


def _reverse(bounty: Bounty, *, at: datetime) -> None:
    owner, was = bounty.scout.payee.owner, bounty.status
    if not move(bounty, to=BountyStatus.REVERSED, actor=SYSTEM, at=at, reversed_at=at):
        return
    if was == BountyStatus.ACCRUED:
        draft = bounty_recipes.bounty_withdrawn(bounty_id=bounty.public_id, owner=owner, amount=bounty.amount)
    else:
        row = lock_balance(owner, bounty.currency)
        # What stands in reserve is of other bounties: it covers nothing here.
        payable, _, owed = waterfall(Balance(payable_minor=row.payable_minor), bounty.amount_minor)
        draft = bounty_recipes.bounty_taken_back(
            bounty_id=bounty.public_id,
            owner=owner,
            payable=Money(payable, bounty.currency),
            receivable=Money(owed, bounty.currency),
        )
    post(draft, actor=SYSTEM, at=at)
