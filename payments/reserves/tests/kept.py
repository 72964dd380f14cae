"""A seller whose money is kept back, for tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from config.kernel.money import Money
from orders.order.models import Order
from payments.ledger.accounts import Account
from payments.ledger.models import LedgerEntry, PayeeBalance
from payments.ledger.recipes import Line, draft
from payments.ledger.services import post
from payments.reserves.services.terms import set_reserve_terms
from payments.tests.world import World


def set_terms(owner: str, fixed: int = 0, bps: int = 0, days: int = 0, *, at: datetime) -> bool:
    return set_reserve_terms(
        owner=owner, currency="USD", fixed_minor=fixed, rolling_bps=bps, rolling_days=days, actor="user:finance",
        reason="young shop", at=at,
    )  # fmt: skip


def owner_of(order: Order) -> str:
    return order.fulfilments.order_by("pk")[0].seller.public_id


def another(world: World, order: Order) -> Order:
    """One more of the same seller, released."""
    return world.released_order(product=order.lines.order_by("pk")[0].product)


def balance(owner: str) -> tuple[int, int, int]:
    """(payable, reserve, receivable)."""
    row = PayeeBalance.objects.filter(owner=owner, currency="USD").first() or PayeeBalance()
    return row.payable_minor, row.reserve_minor, row.receivable_minor


def paid_out(
    owner: str, minor: int, *, at: datetime, key: str = "paid out", currency: str = "USD", bank: str = "main"
) -> None:
    """So much left us: what a payout of before would have booked."""
    lines = [
        Line(Account.PAYABLE, Money(minor, currency), owner=owner),
        Line(Account.BANK, Money(-minor, currency), owner=bank),
    ]
    with transaction.atomic():
        post(draft(f"{key}:{owner}", event="test", subject_id=owner, lines=lines), actor="test", at=at)


def told() -> dict[str, Any]:
    """What the books have, to compare before and after."""
    return {
        "entries": LedgerEntry.objects.count(),
        "balances": list(PayeeBalance.objects.order_by("pk").values()),
    }
