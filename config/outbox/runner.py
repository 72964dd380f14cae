"""Runs due outbox jobs, one listener call each, and records what became of them."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from config.kernel import backoff, clock
from config.kernel.errors import Refused
from config.kernel.faultpoints import reached
from config.ops import context
from config.ops.metrics import job_done
from config.outbox.models import OutboxJob
from config.queue.engine import Claim, LeaseLost, Queue, postpone, retry, stamp_many
from config.queue.runner import drain

log = logging.getLogger(__name__)
OUTBOX = Queue(
    name="outbox",
    model=OutboxJob,
    kinds=("q.listener",),
    ladder=backoff.OUTBOX,
    lease_s=600,
    columns=("listener", "payload"),
    lane_column="lane",
    ordered=True,
)
LANES = ("money", "outbox", "mail")
FLUSH_S = 0.25


class NotYet(Exception):
    """Raised by a listener for which it is too early: run it again at `until`, without counting a failure."""

    def __init__(self, until: datetime, code: str = "not_yet") -> None:
        super().__init__(code)
        self.until = until
        self.code = code


Listener = Callable[[Mapping[str, Any], datetime], None]


@lru_cache(maxsize=256)
def _listener(path: str) -> Listener:
    known = {name for names in settings.LISTENERS.values() for name in names}
    if path not in known:
        raise LookupError(f"{path} is not a listener of any topic")
    return import_string(path)  # type: ignore[no-any-return]


class _Run:
    """One drain's buffer of finished jobs: no-op and fast jobs share one stamp."""

    def __init__(self) -> None:
        self.finished: list[Claim] = []
        self.flushed_at = time.monotonic()

    def work(self, row: Claim, at: datetime) -> None:
        context.start(f"job-{row.id}")
        listener, payload = row.values
        started = time.monotonic()
        outcome = "done"
        reached("outbox.claimed")
        try:
            _listener(listener)(json.loads(payload), at)
            reached("outbox.ran")
            self.finished.append(row)
        except NotYet as early:
            outcome = "postponed"
            until, code = early.until, early.code
            self._record(lambda: postpone(OUTBOX, row, until=until, code=code))
        except Refused as refusal:
            outcome = "failed"
            log.warning("outbox job refused", extra={"listener": listener, "job": row.id, "code": refusal.code})
            code, message = refusal.code, refusal.detail
            self._record(lambda: retry(OUTBOX, row, at=at, code=code, error=message))
        except Exception as error:
            outcome = "failed"
            connection.close_if_unusable_or_obsolete()
            log.exception("outbox job failed", extra={"listener": listener, "job": row.id, "attempt": row.attempts})
            code, message = type(error).__name__, str(error)
            self._record(lambda: retry(OUTBOX, row, at=at, code=code, error=message))
        job_done(listener, outcome, time.monotonic() - started)
        if time.monotonic() - self.flushed_at > FLUSH_S:
            self.flush()

    def _record(self, write: Callable[[], object]) -> None:
        try:
            write()
            reached("outbox.failed")
        except LeaseLost:
            log.warning("outbox lease lost: somebody else has the job now")

    def flush(self, rows: Sequence[Claim] = ()) -> None:
        del rows
        if stamp_many(OUTBOX, self.finished, state="done"):
            reached("outbox.stamped")
        self.finished, self.flushed_at = [], time.monotonic()


def run_outbox(
    *, lane: str, budget_s: float = 60.0, once: bool = False, now: Callable[[], datetime] = clock.now
) -> int:
    """Runs the due jobs of one lane. Returns how many had their turn."""
    run = _Run()
    try:
        return drain(OUTBOX, run.work, lane=lane, budget_s=budget_s, once=once, after_batch=run.flush, now=now)
    finally:
        run.flush()
