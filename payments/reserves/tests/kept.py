"""A seller whose money is kept back, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from config.kernel.money import Money
from orders.order.models import Order
from payments.ledger.accounts import Account
from payments.ledger.models import LedgerEntry, PayeeBalance
from payments.ledger.payout_recipes import payout_frozen, payout_unfrozen
from payments.ledger.queries import balance_minor
from payments.ledger.recipes import Line, draft
from payments.ledger.services import post
from payments.reserves.services.level import refill_reserve
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


def frozen(owner: str, *, at: datetime) -> int:
    """All that is payable stands in a payout that is not sent. Returns how much, in minor units."""
    minor = balance(owner)[0]
    with transaction.atomic():
        draft = payout_frozen(payout_id="po_1", owner=owner, gross=Money(minor, "USD"), fee=Money(0, "USD"))
        post(draft, actor="test", at=at)
    return minor


def pending_minor(owner: str, currency: str) -> int:
    """What stands in payouts, for the previews."""
    return -balance_minor("in_transit", owner=owner, currency=currency)


def call_back(payload: Mapping[str, Any], at: datetime) -> None:
    """What whoever pays payees out does when one is short: the payout is taken back, and fills the reserve."""
    owner = payload["owner"]
    if minor := pending_minor(owner, "USD"):
        gross = Money(minor, "USD")
        with transaction.atomic():
            post(payout_unfrozen(payout_id="po_1", owner=owner, gross=gross, fee=Money(0, "USD")), actor="test", at=at)
    refill_reserve(owner=owner, currency="USD", actor="test", at=at)
