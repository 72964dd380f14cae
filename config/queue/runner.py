"""Works a queue off in batches until nothing is due or the time budget is spent."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from config.kernel import clock
from config.queue.engine import BATCH, Claim, Queue, claim, release, renew

# Rows that were worked off lie at the front of the index, dead, until vacuum comes: who claims batch after batch does
# not wade through them each time. What fell due before the last batch waits no longer than this.
LOOK_BACK_S = 1.0
# A claim younger than this is as good as renewed: the lease is many times longer.
FRESH_S = 1.0

Work = Callable[[Claim, datetime], None]


def drain(
    queue: Queue,
    work: Work,
    *,
    lane: str = "",
    budget_s: float = 60.0,
    once: bool = False,
    after_batch: Callable[[Sequence[Claim]], None] | None = None,
    now: Callable[[], datetime] = clock.now,
) -> int:
    """Claims and works until no row is due (`once`: one batch). Each row's lease is renewed just before its turn, and
    rows whose turn does not come within `budget_s` seconds are given back. Returns how many rows had their turn.

    `work` records every outcome itself; what it raises ends the drain: the lease of that row runs out, and the rest
    of the batch is given back.
    """
    started, done = time.monotonic(), 0
    since, looked_back_at = None, started
    while True:
        claimed_at = time.monotonic()
        if claimed_at - looked_back_at > LOOK_BACK_S:
            since = None
        rows = claim(queue, at=now(), limit=BATCH, lane=lane, since=since)
        if since is None:
            looked_back_at = claimed_at
        elif not rows:
            since = None
            continue
        since = rows[0].due_at if rows else None
        for position, row in enumerate(rows):
            if time.monotonic() - started > budget_s:
                release(queue, rows[position:])
                return done
            if time.monotonic() - claimed_at < FRESH_S or renew(queue, row):
                try:
                    work(row, now())
                except BaseException:
                    release(queue, rows[position + 1 :])  # this one's failure is not the others'
                    raise
                done += 1
        if after_batch:
            after_batch(rows)
        if once or not rows:
            return done
