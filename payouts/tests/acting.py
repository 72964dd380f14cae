"""An act as an operator meets it: what it shows before, what it does, and what nothing of it may leave behind."""

from __future__ import annotations

from typing import Any

from config.admin.acts import Act, Asked, Effect
from config.audit.models import AuditEntry
from config.calls.models import GatewayCall
from config.outbox.models import OutboxJob
from payments.ledger.models import LedgerEntry, PayeeBalance
from payouts.bankfile.models import BankResult, PayoutFile
from payouts.payees.models import Payee
from payouts.payout.models import Payout
from payouts.tests.payout_world import PayoutWorld
from payouts.treasury.models import FloatMove


def traces() -> dict[str, Any]:
    """Everything that looking at an act, and an act that is refused, must leave as it was."""
    tables = (Payout, PayoutFile, BankResult, FloatMove, PayeeBalance, Payee, GatewayCall)
    rows: dict[str, Any] = {table.__name__: list(table._base_manager.order_by("pk").values()) for table in tables}
    return rows | {table.__name__: table._base_manager.count() for table in (LedgerEntry, OutboxJob, AuditEntry)}


def shown(act: Act, row: Any, user: Any, world: PayoutWorld, **given: Any) -> Effect:
    """What a person sees before they confirm it; nothing of it stays."""
    before = traces()
    effect = act.preview(row, user, world.at, given) if act.preview else act.effect(row, user, world.at)
    assert traces() == before, "looking changes nothing"
    return effect


def asked(user: Any, world: PayoutWorld, **given: Any) -> Asked:
    return Asked(user=user, reason="looked at it", at=world.at, given=given)


def moves(effect: Effect) -> list[tuple[str, str, str]]:
    """(what, from, to) of every status that would move."""
    return [(move.subject, move.origin, move.target) for move in effect.moves if move.target]


def lines(effect: Effect) -> list[tuple[str, int]]:
    """(account, amount) of every line that would be booked, sorted."""
    return sorted((line.account, line.amount.amount_minor) for line in effect.lines)
