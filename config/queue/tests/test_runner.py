"""A drain gives every due row its turn, its lease fresh, and gives back what it cannot do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from config.outbox.models import OutboxJob
from config.outbox.runner import OUTBOX
from config.queue import runner
from config.queue.engine import BATCH, Claim, Queue, claim, postpone, retry, stamp
from config.queue.models import Pause
from config.queue.runner import drain
from config.queue.tests.rows import AT, LANE, LISTENER, claimed, end_leases, fresh, ids, job, jobs
from config.tests.together import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


def now() -> datetime:
    return AT


def finish(row: Claim, at: datetime) -> None:
    stamp(OUTBOX, row, state="done")


def run(work: runner.Work = finish, **options: object) -> int:
    return drain(OUTBOX, work, lane=LANE, now=now, **options)  # type: ignore[arg-type]


class TestDrain:
    def test_works_until_nothing_is_due(self) -> None:
        jobs(2 * BATCH + 3)
        later = job(due=60)
        assert run() == 2 * BATCH + 3
        assert list(OutboxJob.objects.filter(state="due")) == [later]
        assert run() == 0

    def test_once_is_one_batch(self) -> None:
        jobs(BATCH + 3)
        assert run(once=True) == BATCH
        assert run(once=True) == 3
        assert run(once=True) == 0

    def test_gives_each_row_the_time_of_its_turn(self) -> None:
        jobs(3)
        times = iter([AT, AT + timedelta(seconds=1), AT + timedelta(seconds=2), AT + timedelta(seconds=3), AT, AT])
        seen = []

        def work(row: Claim, at: datetime) -> None:
            seen.append(at)
            finish(row, at)

        drain(OUTBOX, work, lane=LANE, now=lambda: next(times))
        assert seen == [AT + timedelta(seconds=seconds) for seconds in (1, 2, 3)]

    def test_goes_on_where_the_last_batch_was_and_not_from_the_beginning(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Else each batch would wade through the dead entries of all before it."""
        asked = []

        def noted(queue: Queue, **options: Any) -> list[Claim]:
            asked.append(options["since"])
            return claim(queue, **options)

        monkeypatch.setattr(runner, "claim", noted)
        rows = jobs(2 * BATCH)
        assert run() == 2 * BATCH
        assert asked == [None, rows[0].due_at, rows[BATCH].due_at, None]

    def test_finds_what_fell_due_before_the_last_batch(self) -> None:
        jobs(2 * BATCH)
        late: list[OutboxJob] = []

        def work(row: Claim, at: datetime) -> None:
            finish(row, at)
            if not late:
                late.append(job(due=-86_400))

        assert run(work) == 2 * BATCH + 1

    def test_looks_back_soon_though_there_is_always_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runner, "LOOK_BACK_S", 0.0)
        jobs(2 * BATCH)
        late: list[OutboxJob] = []
        seen = []

        def work(row: Claim, at: datetime) -> None:
            seen.append(row.id)
            finish(row, at)
            if not late:
                late.append(job(due=-86_400))

        run(work)
        assert seen.index(late[0].pk) == BATCH

    def test_comes_back_for_what_its_own_work_made_due(self) -> None:
        job()

        def work(row: Claim, at: datetime) -> None:
            finish(row, at)
            if OutboxJob.objects.count() < 4:
                job()

        assert run(work) == 4

    def test_a_failure_that_was_recorded_does_not_stop_it(self) -> None:
        rows = jobs(4)

        def work(row: Claim, at: datetime) -> None:
            if row.id == rows[1].pk:
                retry(OUTBOX, row, at=at, code="down", error="")
            else:
                finish(row, at)

        assert run(work) == 4
        assert fresh(rows[1]).state == "due"
        assert OutboxJob.objects.filter(state="done").count() == 3

    def test_works_nothing_that_is_paused(self) -> None:
        jobs(2)
        Pause.objects.create(queue="outbox", kind=LISTENER, reason="a test", paused_by="user:ops")
        assert run() == 0


@dataclass
class Stopwatch:
    """The clock of a drain, which goes on only where a test says so."""

    at_s: float = 0.0

    def monotonic(self) -> float:
        return self.at_s


class TestBudget:
    @pytest.fixture(autouse=True)
    def stopwatch(self, monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
        found = Stopwatch()
        monkeypatch.setattr(runner, "time", found)
        return found

    def test_what_it_has_no_time_for_is_given_back_uncounted(self, stopwatch: Stopwatch) -> None:
        rows = jobs(BATCH)

        def slow(row: Claim, at: datetime) -> None:
            stopwatch.at_s += 0.02
            finish(row, at)

        done = run(slow, budget_s=0.03)
        assert done == 2
        assert OutboxJob.objects.filter(state="done").count() == done
        waiting = OutboxJob.objects.filter(state="due")
        assert set(waiting.values_list("attempts", "lease_token", "lost_leases")) == {(0, None, 0)}
        assert ids(elsewhere(claimed)) == [row.pk for row in rows[done:]]

    def test_a_row_that_is_always_too_early_does_not_keep_it_for_ever(self, stopwatch: Stopwatch) -> None:
        job()

        def too_early(row: Claim, at: datetime) -> None:
            stopwatch.at_s += 0.03
            postpone(OUTBOX, row, until=at, code="not_yet")

        assert run(too_early, budget_s=0.1) == 4
        assert OutboxJob.objects.get().attempts == 0


class TestLease:
    def test_is_renewed_just_before_a_turn_that_comes_late(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Else the last of a batch is stolen while the first ones wait for a gateway."""
        monkeypatch.setattr(runner, "FRESH_S", 0.0)
        first, second = jobs(2)
        found = {}

        def work(row: Claim, at: datetime) -> None:
            if row.id == first.pk:
                end_leases()
            else:
                found["stealable"] = ids(elsewhere(claimed))
            finish(row, at)

        run(work)
        assert found == {"stealable": []}
        assert fresh(second).state == "done"

    def test_that_was_lost_meanwhile_costs_the_turn(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runner, "FRESH_S", 0.0)
        first, second = jobs(2)
        worked = []

        def work(row: Claim, at: datetime) -> None:
            worked.append(row.id)
            finish(row, at)
            end_leases()
            elsewhere(claimed)  # another worker has the second one now

        assert run(work) == 1
        assert worked == [first.pk]
        assert (fresh(second).state, fresh(second).lost_leases) == ("due", 1)


class TestError:
    def test_ends_the_drain_and_gives_the_others_back(self) -> None:
        """Without that they would wait for the end of their leases, and count as suspects, for one row's sake."""
        rows = jobs(4)

        def work(row: Claim, at: datetime) -> None:
            if row.id == rows[1].pk:
                raise ZeroDivisionError
            finish(row, at)

        with pytest.raises(ZeroDivisionError):
            run(work)
        assert [fresh(row).state for row in rows] == ["done", "due", "due", "due"]
        assert ids(elsewhere(claimed)) == [rows[2].pk, rows[3].pk]
        assert fresh(rows[1]).lease_token is not None

    def test_of_a_worker_that_is_told_to_end_gives_the_others_back_too(self) -> None:
        rows = jobs(2)

        def work(row: Claim, at: datetime) -> None:
            raise SystemExit

        with pytest.raises(SystemExit):
            run(work)
        assert fresh(rows[1]).lease_token is None


class TestAfterBatch:
    def test_sees_every_batch_before_the_next_is_claimed(self) -> None:
        jobs(BATCH + 2)
        seen: list[int] = []

        def flush(rows: Sequence[Claim]) -> None:
            seen.append(len(rows))
            for row in rows:
                stamp(OUTBOX, row, state="done")

        assert run(lambda row, at: None, after_batch=flush) == BATCH + 2
        assert seen == [BATCH, 2, 0]
