"""Who gets a row, for how long, and what becomes of it: on real commits, with more than one connection."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from config.outbox.models import OutboxJob
from config.outbox.runner import OUTBOX
from config.queue.engine import BATCH, Claim, claim
from config.queue.tests.rows import (
    AT,
    LANE,
    LISTENER,
    claimed,
    database_now,
    end_leases,
    fresh,
    ids,
    job,
    jobs,
    without_skip_locked,
)
from config.tests.together import begin, elsewhere, together, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)


class TestClaim:
    def test_takes_what_is_due_oldest_first(self) -> None:
        third, first, second = job(due=-1), job(due=-30), job(due=-10)
        job(due=1)
        assert ids(claimed()) == [first.pk, second.pk, third.pk]

    def test_takes_no_more_than_the_limit(self) -> None:
        oldest = jobs(25)
        assert ids(claimed()) == [row.pk for row in oldest[:BATCH]]
        assert ids(claimed(limit=3)) == [row.pk for row in oldest[BATCH : BATCH + 3]]

    def test_does_not_look_at_rows_older_than_it_is_told(self) -> None:
        job(due=-30)
        second, third = job(due=-10), job(due=-1)
        rows = claim(OUTBOX, at=AT, lane=LANE, since=AT - timedelta(seconds=10))
        assert [(row.id, row.due_at) for row in rows] == [(second.pk, second.due_at), (third.pk, third.due_at)]

    def test_has_committed_when_it_returns(self) -> None:
        row = job()
        (mine,) = claimed()
        seen = elsewhere(lambda: fresh(row))
        assert (seen.lease_token, seen.attempts, seen.lost_leases) == (mine.token, 1, 0)

    def test_leases_by_the_databases_clock_whatever_time_the_worker_believes_it_is(self) -> None:
        """A worker whose clock is a year off takes too much or too little, but never somebody else's row."""
        job(due=-86_400 * 400)
        before = database_now()
        assert len(claimed(at=AT - timedelta(days=365))) == 1
        lease_until = OutboxJob.objects.get().lease_until
        assert lease_until is not None
        assert before < lease_until - timedelta(seconds=OUTBOX.lease_s) <= database_now()
        assert claimed(at=AT + timedelta(days=365)) == []

    def test_leaves_a_leased_row_alone_until_its_lease_has_run_out(self) -> None:
        row = job()
        (mine,) = claimed()
        assert claimed() == []
        end_leases()
        (theirs,) = claimed()
        assert (theirs.id, theirs.attempts, theirs.lost_leases) == (row.pk, 2, 1)
        assert theirs.token != mine.token

    def test_takes_nothing_that_is_finished(self) -> None:
        for state in ("done", "dead", "skipped"):
            job(state=state)
        assert claimed() == []

    def test_dead_rows_never_block_others(self) -> None:
        for _ in range(BATCH + 5):
            job(due=-100, state="dead")
        behind = job(due=-1)
        assert ids(claimed()) == [behind.pk]

    def test_brings_along_what_the_work_needs(self) -> None:
        job(payload={"order": "ord_1"})
        assert claimed()[0].values == (LISTENER, '{"order": "ord_1"}')

    def test_asks_for_one_statement_and_the_pauses(self, django_assert_num_queries: object) -> None:
        jobs(5)
        with django_assert_num_queries(2):  # type: ignore[operator]
            claimed()


class TestTwoWorkers:
    def test_share_the_work_without_a_row_in_common(self) -> None:
        everything = {row.pk for row in jobs(100)}

        def all_that_i_get() -> list[int]:
            mine: list[int] = []
            while rows := claimed(limit=7):
                mine += ids(rows)
            return mine

        shares = together([all_that_i_get] * 4)
        assert sorted(row for share in shares for row in share) == sorted(everything)

    def test_the_second_passes_by_what_the_first_is_taking(self) -> None:
        rows = jobs(6)
        with transaction.atomic():  # the first one's claim is not committed yet
            mine = claimed(limit=3)
            theirs = elsewhere(lambda: claimed(limit=3))
        assert (ids(mine), ids(theirs)) == ([row.pk for row in rows[:3]], [row.pk for row in rows[3:]])

    def test_collide_without_skip_locked(self) -> None:
        """The negative control: the lock alone makes the second one wait, and then it takes the same rows."""
        rows = jobs(3)

        def second() -> list[Claim]:
            with without_skip_locked():
                return claimed(limit=3)

        with transaction.atomic():
            mine = claimed(limit=3)
            running = begin(second)
            wait_until_somebody_waits_for_a_lock()
        theirs = running.result(30)
        assert ids(mine) == [row.pk for row in rows]
        assert set(ids(theirs)) & set(ids(mine)), "both work on the same row now"
