"""Puts a handled event back into the inbox, and shows beforehand what handling it again would do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, IntegrityError, OperationalError, transaction

from config.audit.rehearsal import Moved, Rehearsed, rehearse
from config.audit.services import record
from config.calls.barrier import NetworkBarred
from config.crypto import open_sealed
from config.inbox.contract import Event, Handled, Hopeless, NeedsFetch, Park
from config.inbox.models import WebhookEvent
from config.inbox.processor import BodyPurged, handle_once
from config.inbox.states import REPLAYABLE, InboxState
from config.kernel.bookline import BookLine
from config.kernel.errors import Conflict, Refused
from config.queue.nudge import nudge_on_commit


class NotReplayable(Conflict):
    """The event was not handled yet, so that there is nothing to do again."""

    code = "not_replayable"


def replay(*, event_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """Makes a handled or dead event due again, from the first step of the ladder; counted, with who and why.

    False when it is due already. Every effect has a key of its own, so that what was done is not done twice. Raises
    NotReplayable for a parked one (its object will wake it), and BodyPurged when there is nothing left to read.
    """
    with transaction.atomic():
        rows = WebhookEvent.objects.select_for_update().defer("body")
        event = rows.get(pk=event_pk)
        if event.state == InboxState.DUE:
            return False
        if event.state not in REPLAYABLE:
            raise NotReplayable(f"the event is {event.state}")
        if not WebhookEvent.objects.filter(pk=event_pk, body__isnull=False).exists():
            raise BodyPurged
        WebhookEvent.objects.filter(pk=event_pk).update(
            state=InboxState.DUE, due_at=at, attempts=0, lost_leases=0, wake_key="", replays=event.replays + 1
        )
        record(
            event,
            act="replayed",
            actor=actor,
            at=at,
            reason=reason,
            from_state=event.state,
            to_state=InboxState.DUE,
        )
        nudge_on_commit("webhooks")
    return True


@dataclass(frozen=True, slots=True)
class Difference:
    """What handling an event again would do. `outcome` is one of OUTCOMES; `note` says it in a line."""

    outcome: str
    note: str
    moves: tuple[Moved, ...] = ()
    lines: tuple[BookLine, ...] = ()
    jobs: tuple[str, ...] = ()

    @property
    def changes_nothing(self) -> bool:
        return not (self.moves or self.lines or self.jobs)


# What a dry run can find, and what it means to an operator.
OUTCOMES: dict[str, str] = {
    "processed": "would be processed",
    "ignored": "would be ignored",
    "foreign": "is not ours",
    "parked": "would wait for its object",
    "needs_gateway": "needs the gateway's answer: cannot be shown dry",
    "refused": "would be refused and tried again",
    "dead": "would be dead at once",
    "failed": "would fail and be tried again",
    "busy": "somebody else is changing the same rows at the moment",
    "purged": "cannot be replayed: its body was purged",
}


def dry_run(*, event_pk: int, at: datetime) -> Difference:
    """Handles the event with the very code that would handle it, in a transaction that is rolled back, and tells the
    difference: status moves, ledger lines, outbox jobs. Nothing is asked of the outside."""
    event = _read(event_pk)
    if event is None:
        return Difference("purged", OUTCOMES["purged"])
    rehearsed: Rehearsed[Handled] = rehearse(lambda: handle_once(event, fetched={}, at=at))
    outcome, note = _outcome(rehearsed)
    return Difference(outcome, note, moves=rehearsed.moves, lines=rehearsed.lines, jobs=rehearsed.jobs)


def _read(event_pk: int) -> Event | None:
    row = WebhookEvent.objects.get(pk=event_pk)
    if row.body is None:
        return None
    return Event(
        id=row.pk,
        source=row.source,
        account=row.account,
        event_id=row.event_id,
        type=row.type,
        object_id=row.object_id,
        livemode=row.livemode,
        occurred_at=row.occurred_at,
        payload=json.loads(open_sealed(bytes(row.body))),
    )


def _outcome(rehearsed: Rehearsed[Handled]) -> tuple[str, str]:
    if rehearsed.error is not None:
        return _of_error(rehearsed.error)
    handled = rehearsed.answer or Handled.ignored("the handler said nothing")
    return handled.outcome, handled.note


def _of_error(error: Exception) -> tuple[str, str]:
    for kind, read in _READINGS:
        if isinstance(error, kind):
            return read(error)
    return "failed", f"{type(error).__name__}: {error}"


# The most particular first. What a handler raises is what the processor would act upon.
_READINGS: tuple[tuple[type[Exception], Callable[..., tuple[str, str]]], ...] = (
    (Park, lambda parked: ("parked", f"{parked.wake_key} is not stored here")),
    (NeedsFetch, lambda need: ("needs_gateway", f"{need.kind} {need.object_id}")),
    (NetworkBarred, lambda barred: ("needs_gateway", str(barred))),
    (Hopeless, lambda hopeless: ("dead", f"{hopeless} ({hopeless.code})")),
    (Refused, lambda refused: ("refused", f"{refused.detail} ({refused.code})")),
    (IntegrityError, lambda error: ("failed", _constraint(error))),
    (OperationalError, lambda error: ("busy", str(error).partition("\n")[0])),
    (DatabaseError, lambda error: ("failed", str(error).partition("\n")[0])),
)


def _constraint(error: IntegrityError) -> str:
    """The sentence that the broken constraint's name is."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return f"the database refuses it: {str(name or error).partition(chr(10))[0].replace('_', ' ')}"
