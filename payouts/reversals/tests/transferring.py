"""Payouts whose money was transferred to the payee's account at a gateway, on paper: written without their past."""

from __future__ import annotations

from itertools import count
from typing import Any

from config.audit.models import AuditEntry
from config.outbox.models import OutboxJob
from payouts.payees.models import Payee
from payouts.payout.models import Payout
from payouts.rails.contract import RailCapability
from payouts.reversals.models import Reversal
from payouts.tests.paper_rail import PaperRail
from payouts.tests.payout_world import PayoutWorld, make_world

PROPOSER, FINANCE = "user:proposer", "user:finance"
_numbers = count(1)


def reversing_world(settings: Any, monkeypatch: Any) -> PayoutWorld:
    """Its rail gives transfers back."""
    can = PaperRail().capabilities | {RailCapability.REVERSES_TRANSFERS}
    return make_world(settings, monkeypatch, PaperRail(capabilities=can))


def transferred_payout(
    world: PayoutWorld, minor: int = 10_000, *, payee: Payee | None = None, status: str = "paid", **columns: Any
) -> Payout:
    """One whose transfer was made; `paid` by their bank where nothing else is said."""
    if payee is None:
        payee = world.payee(minor)
    else:
        world.earn(payee, minor)
    payout = world.freeze(payee)
    dated: dict[str, Any] = {"sent_at": world.at, "ended_at": world.at, "transferred_at": world.at}
    dated["paid_at"] = world.at if status in ("paid", "returned", "paid_late") else None
    if status in ("approved", "sending", "in_transit"):
        dated["ended_at"] = None
    given = {"status": status, "rail_transfer_id": f"tr_{next(_numbers)}", "approved_by": FINANCE, **dated}
    Payout.objects.filter(pk=payout.pk).update(**{**given, **columns})
    return world.again(payout)


def owe(world: PayoutWorld, payee: Payee, minor: int) -> None:
    """So much is clawed back of what they do not have."""
    world.take_back(payee, minor)


def reversal_of(payout: Payout, minor: int = 3_000, **columns: Any) -> Reversal:
    """One that waits because the payee owes us."""
    given = {
        "cause": "debt", "amount_minor": minor, "currency": payout.currency, "proposed_by": PROPOSER,
        "proposed_at": payout.frozen_at,
    }  # fmt: skip
    return Reversal.objects.create(payout=payout, **{**given, **columns})


def traces() -> dict[str, Any]:
    """Everything that a refused verb must leave as it was."""
    tables = (Payout, Reversal, AuditEntry, OutboxJob)
    return {table.__name__: list(table._base_manager.order_by("pk").values()) for table in tables}
