"""Scouts in tests: people with codes, those whom they brought, and orders that move by the verbs of production."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from config.accounts.models import User
from config.accounts.roles import Role
from config.outbox.models import OutboxJob
from orders.catalog.models import Product
from orders.order.models import Order
from orders.tests import factories
from orders.tests.factories import AT, force, item, make_paid_order, make_user
from payments.ledger.checks import broken_truths
from payments.ledger.models import PayeeBalance
from payments.ledger.queries import balance_minor
from payouts.payees.tests.paying import traces as traces_of_payees
from payouts.scouts.models import Bounty, Referral, Scout, Source
from payouts.scouts.services.earn import follow_order
from payouts.scouts.services.enrol import enrol
from payouts.scouts.services.refer import set_referral

__all__ = ["AT", "make_user"]


# Orders of these tests are paid by no gateway.
UNPAID = {"orders took what was applied"}


def broken() -> set[str]:
    """The truths that do not hold, but for that."""
    return {truth.name for truth in broken_truths()} - UNPAID


def make_product(*, seller: User | None = None, minor: int = 20_000) -> Product:
    """One that costs enough for a bounty."""
    return factories.make_product(seller=seller, prices={"INR": minor})


def make_scout(user: User | None = None) -> Scout:
    person = user or make_user(Role.SCOUT)
    return enrol(user=person, actor=person.actor, at=AT)


def bring(scout: Scout, *roles: Role, at: datetime = AT) -> User:
    """Somebody whom the scout brought."""
    recruit = make_user(*(roles or (Role.BUYER,)))
    set_referral(recruit=recruit, scout=scout, source=Source.CODE, actor=recruit.actor, reason="", at=at)
    return recruit


def buys(person: User | None, product: Product | None = None, *, quantity: int = 1, at: datetime = AT) -> Order:
    """A paid order of this person."""
    return make_paid_order(item(product or make_product(), quantity), buyer=person, at=at)


def follow(order: Order, status: str = "", **columns: Any) -> None:
    """What happens to the order next, and everything that is told of it, in the end."""
    if status:
        force(order, status, **columns)
    OutboxJob.objects.filter(listener__endswith="follow_order").delete()
    follow_order({"order": order.public_id}, AT)


def bounties(**where: Any) -> list[tuple[str, str, int]]:
    """(event, status, minor units) of each, the first first."""
    rows = Bounty.objects.filter(**where).order_by("pk")
    return [(row.event, row.status, row.amount_minor) for row in rows]


def books(scout: Scout, currency: str = "INR") -> tuple[int, int, int, int]:
    """(payable, reserve, owed by them, expense) in minor units."""
    row = PayeeBalance.objects.filter(owner=scout.payee.owner, currency=currency).first()
    expense = balance_minor("bounties", currency=currency)
    return (row.payable_minor, row.reserve_minor, row.receivable_minor, expense) if row else (0, 0, 0, expense)


def traces() -> dict[str, Any]:
    """Everything that a refused verb must leave as it was."""
    tables = (Scout, Referral, Bounty)
    return traces_of_payees() | {table.__name__: list(table._base_manager.order_by("pk").values()) for table in tables}
