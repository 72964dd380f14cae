"""Works the inbox off: one event, one transaction with all its effects and its stamp."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Min
from django.utils.module_loading import import_string

from config.crypto import open_sealed
from config.inbox.accounts import routes_of
from config.inbox.contract import Event, Fetch, Handle, Handled, Hopeless, NeedsFetch, Park
from config.inbox.models import WebhookEvent
from config.inbox.states import InboxState
from config.inbox.storing import HINTS_APART, wait_for_storers
from config.kernel import backoff, clock
from config.kernel.errors import Refused
from config.kernel.faultpoints import reached
from config.ops import context
from config.ops.metrics import observe_webhook
from config.queue.engine import Claim, LeaseLost, Queue, give_up, leave, retry, stamp
from config.queue.runner import drain

log = logging.getLogger(__name__)
INBOX = Queue(
    name="inbox",
    model=WebhookEvent,
    # Two gateways may use one name for their types: a pause names either the type or the gateway's type.
    kinds=("q.type", "q.source || ':' || q.type"),
    ladder=backoff.INBOX,
    lease_s=600,
    columns=(
        "source",
        "account",
        "event_id",
        "type",
        "object_id",
        "livemode",
        "occurred_at",
        "received_at",
        "body",
        "deliveries",
        "is_hint",
    ),
)
MAX_FETCHES = 8
MOST_OBJECTS = 4  # that one event may wait for, one after the other, in one turn


class BodyPurged(Refused):
    """The event's body was purged after its retention time; it cannot be handled again."""

    code = "body_purged"


class TooManyFetches(Refused):
    """The handler asked the gateway again and again."""

    code = "too_many_fetches"


class ObjectNeverCame(Refused):
    """The object that the event waited for was never stored here."""

    code = "object_never_came"


def _route(event: Event, role: str) -> Any:
    return _imported(routes_of(source=event.source, account=event.account, kind=event.type)[role])


@lru_cache(maxsize=64)
def _imported(path: str) -> Any:
    return import_string(path)


def read_event(row_id: int, values: tuple[Any, ...]) -> tuple[Event, datetime]:
    """The stored event as a value, and when it was received. Raises BodyPurged."""
    source, account, event_id, kind, object_id, livemode, occurred_at, received_at, body, *_ = values
    if body is None:
        raise BodyPurged
    event = Event(
        id=row_id,
        source=source,
        account=account,
        event_id=event_id,
        type=kind,
        object_id=object_id,
        livemode=livemode,
        occurred_at=occurred_at,
        payload=json.loads(open_sealed(body)),
    )
    return event, received_at


def handle_once(event: Event, *, fetched: Mapping[tuple[str, str], Any], at: datetime) -> Handled:
    """Calls the source's handler, in the caller's transaction."""
    handle: Handle = _route(event, "handle")
    return handle(event, fetched=fetched, at=at)


def work(row: Claim, at: datetime) -> None:
    """Gives one claimed event its turn. Every outcome is recorded; a lost lease rolls everything back."""
    context.start(f"event-{row.id}")
    reached("inbox.claimed")
    kind = row.values[3]
    failure: tuple[Callable[..., object], str, str]
    try:
        event, received_at = read_event(row.id, row.values)
        outcome = _apply_or_park(row, event, at)
        lag_s = None if outcome == InboxState.PARKED else (at - received_at).total_seconds()
        observe_webhook(event.source, kind, outcome, lag_s)
        return
    except LeaseLost:
        log.warning("inbox lease lost: somebody else has the event now", extra={"event": row.id})
        return
    except (Hopeless, BodyPurged) as hopeless:
        log.error("event cannot be handled", extra={"event": row.id, "type": kind, "code": hopeless.code})
        failure = give_up, hopeless.code, str(hopeless)
    except Refused as refusal:
        log.warning("event refused", extra={"event": row.id, "type": kind, "code": refusal.code})
        failure = retry, refusal.code, refusal.detail
    except OperationalError as error:
        log.warning("database failed under an event", extra={"event": row.id, "type": kind})
        failure = retry, "database", str(error)
    except Exception as error:
        log.exception("event failed", extra={"event": row.id, "type": kind, "attempt": row.attempts})
        failure = retry, "bug", f"{type(error).__name__}: {error}"
    observe_webhook(row.values[0], kind, "failed", None)
    _record(row, failure, at)


def _record(row: Claim, failure: tuple[Any, str, str], at: datetime) -> None:
    connection.close_if_unusable_or_obsolete()
    record, code, detail = failure
    try:
        record(INBOX, row, at=at, code=code, error=detail)
        reached("inbox.failed")
    except LeaseLost:
        log.warning("inbox lease lost: somebody else has the event now", extra={"event": row.id})


def _apply(row: Claim, event: Event, at: datetime) -> str:
    """Runs the handler and the stamp in one transaction, fetching between the runs where it asks for it."""
    fetched: dict[tuple[str, str], Any] = {}
    for _ in range(MAX_FETCHES):
        try:
            with transaction.atomic():
                handled = handle_once(event, fetched=fetched, at=at)
                stamp(
                    INBOX,
                    row,
                    state=handled.outcome,
                    processed_at=at,
                    note=handled.note[:500],
                    concerns=list(handled.concerns),
                    wake_key="",
                    parked_at=None,
                )
                _ring_again(row, at)
                reached("inbox.handled")
            reached("inbox.committed")
            return handled.outcome
        except NeedsFetch as need:
            reached("inbox.fetching")
            fetch: Fetch = _route(event, "fetch")
            fetched[need.kind, need.object_id] = fetch(account=event.account, kind=need.kind, object_id=need.object_id)
            reached("inbox.fetched")
    raise TooManyFetches


def _ring_again(row: Claim, at: datetime) -> None:
    """A hint that came again while its object was asked about may be newer than the answer: it is asked about anew. The
    stamp before this has the row's lock, so that a hint which is not counted here finds what is stamped."""
    deliveries, is_hint = row.values[-2:]
    if is_hint:
        WebhookEvent.objects.filter(pk=row.id, deliveries__gt=deliveries).update(
            state=InboxState.DUE, due_at=at + HINTS_APART, attempts=0
        )


def _apply_or_park(row: Claim, event: Event, at: datetime) -> str:
    """Runs the handler, and parks the event if its object is not there; then looks once more.

    The object may have been stored since the first look, by a commit that found nothing to wake. A commit that the
    second look does not see comes after the parking, and wakes it.
    """
    waits_for: list[str] = []
    while True:
        try:
            return _apply(row, event, at)
        except Park as parked:
            if parked.wake_key in waits_for or len(waits_for) == MOST_OBJECTS:
                leave(INBOX, row)
                return InboxState.PARKED
            waits_for.append(parked.wake_key)
            _park(row, parked.wake_key, at)
            reached("inbox.parked")


def _park(row: Claim, wake_key: str, at: datetime) -> None:
    """Waits for the object, and keeps the lease for the second look. The ladder still runs underneath, in case that
    nobody ever stores it, or that we die before the second look."""
    delay = INBOX.ladder.after(row.attempts)
    if delay is None:
        raise ObjectNeverCame(f"nothing of ours became {wake_key}")
    with transaction.atomic():
        wait_for_storers([wake_key])
        stamp(
            INBOX,
            row,
            state=InboxState.PARKED,
            due_at=at + delay,
            code="parked",
            wake_key=wake_key,
            parked_at=at,
            lease_token=row.token,
        )


def unpark_due(*, at: datetime, limit: int = 500) -> int:
    """Looks again at parked events whose step of the ladder has come."""
    keys = list(
        WebhookEvent.objects.filter(state="parked", due_at__lte=at)
        .order_by("due_at")
        .values_list("pk", flat=True)[:limit]
    )
    return WebhookEvent.objects.filter(pk__in=keys, state="parked").update(state="due", due_at=at)


def process_inbox(*, budget_s: float = 60.0, once: bool = False, now: Callable[[], datetime] = clock.now) -> int:
    """Works off what is due. Returns how many events had their turn."""
    return drain(INBOX, work, budget_s=budget_s, once=once, now=now)


def oldest_unprocessed(source: str, *, at: datetime) -> timedelta:
    """How long ago the oldest event of a source was received that is still to be handled, those included which failed
    and wait for their next try; zero when there is none. Parked and dead events do not count: a person or another
    object must come first, and nobody knows when."""
    first = WebhookEvent.objects.filter(state="due", source=source).aggregate(first=Min("received_at"))["first"]
    return max(at - first, timedelta()) if first else timedelta()
