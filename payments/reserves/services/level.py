"""Brings what stands in a reserve to where it belongs: the surplus is the payee's, a gap is filled from what is due."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from config.kernel.money import Money
from payments.ledger.models import PayeeBalance
from payments.ledger.payee_recipes import reserve_kept, reserve_released
from payments.ledger.services import lock_balance, post
from payments.reserves import rules
from payments.reserves.queries import level_minor


def free_surplus(owner: str, currency: str, *, why: str, actor: str, at: datetime) -> int:
    """[11] What of a reserve nothing explains any more becomes payable, in the caller's transaction, which holds the
    balance locked. Returns how much, in minor units."""
    row = lock_balance(owner, currency)
    minor = rules.surplus_minor(reserve_minor=row.reserve_minor, level_minor=level_minor(owner, currency))
    if minor:
        number = _next_number(row)
        amount = Money(minor, currency)
        post(reserve_released(owner=owner, number=number, amount=amount, why=why), actor=actor, at=at)
    return minor


def keep_back(owner: str, currency: str, minor: int, *, why: str, actor: str, at: datetime) -> None:
    """[11] So much of what is payable is kept back; in the caller's transaction, which holds the balance locked and
    found that much there."""
    row = lock_balance(owner, currency)
    number = _next_number(row)
    amount = Money(minor, currency)
    post(reserve_kept(owner=owner, number=number, amount=amount, why=why), actor=actor, at=at)


def refill_reserve(*, owner: str, currency: str, actor: str, at: datetime, taken_minor: int | None = None) -> int:
    """What is payable brings a reserve back to its level, after something was taken back from it (`taken_minor`, where
    that is known) and more became payable since (payouts that were called back). Returns how much, in minor units; 0
    where there is no gap."""
    with transaction.atomic():
        row = lock_balance(owner, currency)
        minor = rules.refill_minor(
            payable_minor=row.payable_minor,
            reserve_minor=row.reserve_minor,
            level_minor=level_minor(owner, currency),
            taken_minor=taken_minor,
        )
        if minor:
            keep_back(owner, currency, minor, why="refilled", actor=actor, at=at)
    return minor


def _next_number(row: PayeeBalance) -> int:
    """A number for each movement of a reserve by itself: its entry has no other fact to be named after."""
    PayeeBalance.objects.filter(pk=row.pk).update(reserve_moves=F("reserve_moves") + 1)
    return row.reserve_moves + 1
