"""What a rail says of a destination, from whomever we hear it: answers, webhooks, asking. The one writer of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from config.audit.services import record
from config.inbox.storing import wake
from payouts.payees.models import Destination, DestinationKind
from payouts.payees.queries import lock_destination, lock_payee
from payouts.payees.services.settle import activate, stop, tell
from payouts.payees.states import CURRENT, DESTINATION_STATES, DestinationStatus
from payouts.rails.contract import CheckState, DestinationView

_UNTOLD = "the account was not accepted"
_TO_DO = "the bank or the payment service wants something of you first"


def observe_destination(*, destination: Destination, view: DestinationView, actor: str, at: datetime) -> bool:
    """Brings our row to what the rail says of it; told twice, it changes nothing. One that is over keeps its state, and
    learns the rail's ids. False where nothing changed.

    A view of another account than the one that is known is not of this destination, and is left alone.
    """
    with transaction.atomic():
        lock_payee(destination.payee_id)
        row = lock_destination(destination.pk)
        if row.account_id and view.account_id and view.account_id != row.account_id:
            return False
        learned = _learn(row, view, at=at)
        moved = _follow_bank(row, view, actor=actor, at=at)
        moved = _move(row, view, actor=actor, at=at) or moved
    destination.refresh_from_db()
    return learned or moved


def _learn(row: Destination, view: DestinationView, *, at: datetime) -> bool:
    """The rail's ids, once; and what it still wants of the payee while it looks."""
    wanted = {
        "recipient_id": row.recipient_id or view.recipient_id,
        "account_id": row.account_id or view.account_id,
    }
    if row.status == DestinationStatus.VERIFYING and view.check in (CheckState.PENDING, CheckState.SUSPENDED):
        wanted["why"] = view.needs[:300]
    news = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not news:
        return False
    Destination.objects.filter(pk=row.pk).update(**news)
    if "account_id" in news:
        wake([row.public_id], at=at)  # what the rail told of it before we knew it
    for name, value in news.items():
        setattr(row, name, value)
    return True


def _follow_bank(row: Destination, view: DestinationView, *, actor: str, at: datetime) -> bool:
    """A payee's account at a gateway is given its bank there, and another one by whoever has its password: as with a
    changed destination nothing is paid to it before its cooling time, and the payee hears of it. The second
    person is who lets the first payout go there: what was frozen before it is taken back."""
    seen = view.masked[:60]
    if row.kind != DestinationKind.CONNECTED_ACCOUNT or row.details is None or seen in ("", row.masked):
        return False
    changes: dict[str, Any] = {"masked": seen}
    is_changed = row.status in CURRENT and row.verified_at is not None
    if is_changed:
        changes["cools_until"] = at + timedelta(hours=settings.POLICY.payout_cooling_hours)
        changes["mended_at"] = at
        # Neither number, even masked: the trail is never erased.
        record(row, act="its bank was changed", actor=actor, at=at, to_state=row.status)
    Destination.objects.filter(pk=row.pk).update(**changes)
    for name, value in changes.items():
        setattr(row, name, value)
    if is_changed:
        tell(row, at=at)
    return True


def _move(row: Destination, view: DestinationView, *, actor: str, at: datetime) -> bool:
    check, needs = view.check, view.needs
    if check is CheckState.GOOD and view.currencies and row.currency not in view.currencies:
        check, needs = CheckState.BAD, f"the account takes no {row.currency}"
    if check is CheckState.GOOD:
        if not DESTINATION_STATES.allows(row.status, DestinationStatus.ACTIVE):
            return False
        return activate(row, actor=actor, at=at, reason="the rail is content")
    if check is CheckState.BAD and row.status == DestinationStatus.VERIFYING:
        return stop(row, to=DestinationStatus.REJECTED, why=needs or _UNTOLD, actor=actor, at=at)
    if check in (CheckState.BAD, CheckState.SUSPENDED) and row.status == DestinationStatus.ACTIVE:
        return stop(row, to=DestinationStatus.SUSPENDED, why=needs or _TO_DO, actor=actor, at=at)
    return False
