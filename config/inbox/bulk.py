"""Replays many events at once: asked for by one person, allowed by another, done in small batches."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from config.audit.services import move, record
from config.inbox.models import ReplayRequest, WebhookEvent
from config.inbox.processor import BodyPurged
from config.inbox.replay import NotReplayable, replay
from config.inbox.states import REPLAYABLE, ReplayStatus
from config.kernel.errors import FourEyes, Invalid
from config.ops.counting import capped
from config.outbox.runner import NotYet
from config.outbox.services import emit

BATCH = 100
# Between two batches: fifty events a second at most, so that a replay never crowds out what comes in.
PAUSE = timedelta(seconds=2)
COUNTED = 10_000


class NothingSelected(Invalid):
    """No event that can be replayed was received in this time."""

    code = "nothing_selected"


class WrongPeriod(Invalid):
    """The end lies before the beginning, or there is no such state to choose."""

    code = "wrong_period"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events: of one source, received in `[since, until)`, of one type or any, in one of these states.

    Only those whose body is still there: the others cannot be read again.
    """

    source: str
    since: datetime
    until: datetime
    type: str = ""
    states: Collection[str] = tuple(sorted(REPLAYABLE))

    def check(self) -> None:
        """Raises WrongPeriod."""
        if self.until <= self.since or not self.states or not set(self.states) <= REPLAYABLE:
            raise WrongPeriod

    def events(self) -> QuerySet[WebhookEvent]:
        """Oldest first, as they came in; read from the index of bodies by age."""
        rows = WebhookEvent.objects.filter(
            body__isnull=False,
            received_at__gte=self.since,
            received_at__lt=self.until,
            source=self.source,
            state__in=list(self.states),
        )
        rows = rows.filter(type=self.type) if self.type else rows
        return rows.order_by("received_at", "pk").defer("body", "body_sha256")

    def after(self, received_at: datetime | None, pk: int) -> QuerySet[WebhookEvent]:
        """Those behind a row, whatever state that one is in by now."""
        if received_at is None:
            return self.events()
        behind = Q(received_at__gt=received_at) | Q(received_at=received_at, pk__gt=pk)
        return self.events().filter(behind, received_at__gte=received_at)

    def count(self) -> int:
        """How many, COUNTED at most."""
        return capped(self.events(), cap=COUNTED)


@dataclass
class Counts:
    """How a batch went: made due, due already or parked meanwhile, purged meanwhile."""

    replayed: int = 0
    skipped: int = 0

    def add(self, other: Counts) -> None:
        self.replayed += other.replayed
        self.skipped += other.skipped


def batches(selection: Selection, *, size: int = BATCH) -> Iterator[list[WebhookEvent]]:
    """The selected events in lists of `size`, each read when its turn comes."""
    received_at, pk = None, 0
    while True:
        rows = list(selection.after(received_at, pk)[:size])
        if rows:
            yield rows
            received_at, pk = rows[-1].received_at, rows[-1].pk
        if len(rows) < size:
            return


def replay_all(events: list[WebhookEvent], *, actor: str, reason: str, at: datetime) -> Counts:
    """Replays each of these in a transaction of its own; one that cannot be is skipped."""
    counts = Counts()
    for event in events:
        try:
            done = replay(event_pk=event.pk, actor=actor, reason=reason, at=at)
        except (NotReplayable, BodyPurged):
            done = False
        counts.replayed += done
        counts.skipped += not done
    return counts


def request(*, selection: Selection, actor: str, reason: str, at: datetime) -> ReplayRequest:
    """Asks for a bulk replay, which another person must allow. Raises WrongPeriod, NothingSelected."""
    selection.check()
    matched = selection.count()
    if not matched:
        raise NothingSelected
    with transaction.atomic():
        row = ReplayRequest.objects.create(
            source=selection.source,
            type=selection.type,
            since=selection.since,
            until=selection.until,
            event_states=sorted(selection.states),
            matched=matched,
            reason=reason,
            requested_by=actor,
            requested_at=at,
        )
        record(row, act="requested", actor=actor, at=at, reason=reason, to_state=row.status, facts={"matched": matched})
    return row


def approve(*, request_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """Lets it run. False when it runs already. Raises FourEyes for the person who asked, MoveNotAllowed."""
    with transaction.atomic():
        row = ReplayRequest.objects.select_for_update().get(pk=request_pk)
        if row.requested_by == actor:
            raise FourEyes
        if not move(row, to=ReplayStatus.APPROVED, actor=actor, at=at, reason=reason, decided_by=actor, decided_at=at):
            return False
        emit("replay.approved", fact_key=row.public_id, payload={"request": row.public_id}, at=at)
    return True


def reject(*, request_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """Refuses it, or takes it back. False when that was done. Raises MoveNotAllowed once it runs."""
    with transaction.atomic():
        row = ReplayRequest.objects.select_for_update().get(pk=request_pk)
        return move(row, to=ReplayStatus.REJECTED, actor=actor, at=at, reason=reason, decided_by=actor, decided_at=at)


def stop(*, request_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """Ends one that runs; what was replayed stays so. False when it was stopped. Raises MoveNotAllowed."""
    with transaction.atomic():
        row = ReplayRequest.objects.select_for_update().get(pk=request_pk)
        return move(row, to=ReplayStatus.STOPPED, actor=actor, at=at, reason=reason, finished_at=at)


def apply_approved(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `replay.approved`: one batch, and the next one later. Told again, it goes on where it stands.

    Raises NotYet while there is more.
    """
    with transaction.atomic():
        row = ReplayRequest.objects.select_for_update().get(public_id=payload["request"])
        if row.status != ReplayStatus.APPROVED:
            return
        events = list(selection_of(row).after(row.last_received_at, row.last_event)[:BATCH])
        counts = replay_all(events, actor=row.decided_by, reason=f"{row.public_id}: {row.reason}", at=at)
        reached = {"last_received_at": events[-1].received_at, "last_event": events[-1].pk} if events else {}
        ReplayRequest.objects.filter(pk=row.pk).update(
            replayed=F("replayed") + counts.replayed, skipped=F("skipped") + counts.skipped, **reached
        )
        if len(events) < BATCH:
            move(row, to=ReplayStatus.DONE, actor="system:replay", at=at, finished_at=at)
            return
    raise NotYet(until=at + PAUSE, code="more_to_replay")


def selection_of(row: ReplayRequest) -> Selection:
    """Which events a request asked for."""
    return Selection(source=row.source, since=row.since, until=row.until, type=row.type, states=tuple(row.event_states))
