"""Each listener hears its fact, retries alone, and is never told less than once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from config.calls.barrier import check_call_allowed
from config.kernel.errors import Conflict
from config.ops.metrics import JOBS
from config.outbox import runner
from config.outbox.models import OutboxJob
from config.outbox.runner import LANES, NotYet, run_outbox
from config.outbox.services import emit, revive
from config.outbox.tests.listening import FIRST, MONEY, SECOND, Heard
from config.queue.models import Pause
from config.queue.tests.rows import AT, end_leases, job
from config.queue.tests.test_runner import Stopwatch
from config.tests.together import elsewhere, together

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


def tell(topic: str = "thing.made", *, fact_key: str = "thing_1", **options: Any) -> None:
    with transaction.atomic():
        emit(topic, fact_key=fact_key, payload={"thing": fact_key}, at=AT, **options)


def run(at: datetime = AT, *, lane: str = "outbox", **options: Any) -> int:
    return run_outbox(lane=lane, now=lambda: at, **options)


def of(listener: str) -> OutboxJob:
    return OutboxJob.objects.get(listener=listener)


def breaks(payload: Mapping[str, Any], at: datetime) -> None:
    raise ZeroDivisionError("the listener is broken")


class TestDone:
    def test_every_listener_is_told_what_happened_and_when_it_is(self, heard: Heard) -> None:
        tell()
        assert run(AT + MINUTE) == 2
        assert heard.told == [(name, {"thing": "thing_1"}, AT + MINUTE) for name in ("first", "second")]
        assert {(row.state, row.attempts, row.lease_token) for row in OutboxJob.objects.all()} == {("done", 1, None)}
        assert run(AT + MINUTE) == 0

    def test_oldest_first(self, heard: Heard) -> None:
        for number in (3, 1, 2):
            tell("thing.paid", fact_key=f"{number}", due_at=AT - number * MINUTE)
        run(lane="money")
        assert [payload["thing"] for _, payload, _ in heard.told] == ["3", "2", "1"]

    def test_nothing_before_its_time(self, heard: Heard) -> None:
        tell(due_at=AT + MINUTE)
        assert run(AT) == 0
        assert run(AT + MINUTE) == 2

    def test_each_lane_by_itself(self, heard: Heard) -> None:
        tell()
        tell("thing.paid")
        assert [run(lane=lane) for lane in LANES] == [1, 2, 0]

    def test_no_transaction_is_open_around_a_listener(self, heard: Heard) -> None:
        """It commits what it does by itself, and may call a gateway between its commits."""
        heard.money = lambda payload, at: check_call_allowed("a refund")
        tell("thing.paid")
        run(lane="money")
        assert of(MONEY).state == "done"

    def test_what_a_listener_causes_is_run_too(self, heard: Heard) -> None:
        heard.first = lambda payload, at: tell("thing.paid")
        tell()
        run()
        run(lane="money")
        assert heard.names() == ["first", "second", "money"]

    def test_is_counted(self, heard: Heard) -> None:
        counter = JOBS.labels(MONEY, "done")
        before = counter._value.get()
        tell("thing.paid")
        run(lane="money")
        assert counter._value.get() == before + 1


class TestFailed:
    def test_retries_alone(self, heard: Heard) -> None:
        heard.first = breaks
        tell()
        assert run() == 2
        assert (of(FIRST).state, of(SECOND).state) == ("due", "done")
        assert (of(FIRST).due_at, of(FIRST).last_error_code) == (AT + 5 * MINUTE, "ZeroDivisionError")
        heard.first = lambda payload, at: None
        assert run(AT + 5 * MINUTE) == 1
        assert heard.names() == ["first", "second", "first"]

    def test_runs_once_and_is_retried_after_5_10_20_40_and_80_minutes_then_it_is_dead(self, heard: Heard) -> None:
        heard.money = breaks
        tell("thing.paid")
        at, waits = AT, []
        while of(MONEY).state == "due":
            at = of(MONEY).due_at
            assert run(at - timedelta(seconds=1), lane="money") == 0
            assert run(at, lane="money") == 1
            waits.append((of(MONEY).due_at - at) // MINUTE)
        assert waits == [5, 10, 20, 40, 80, 0]
        row = of(MONEY)
        assert (row.state, row.attempts, len(heard.told)) == ("dead", 6, 6)
        assert row.last_error == "the listener is broken"
        assert run(at + timedelta(days=30), lane="money") == 0

    def test_a_dead_job_does_not_stand_in_anybodys_way_and_can_be_revived(self, heard: Heard) -> None:
        dead = job(listener=FIRST, state="dead", attempts=6)
        tell()
        assert run() == 2
        revive(dead, actor="user:ops", reason="repaired", at=AT)
        assert run() == 1
        dead.refresh_from_db()
        assert (dead.state, dead.attempts, dead.replays) == ("done", 1, 1)

    def test_a_bug_raises_the_alarm_and_a_refusal_does_not(
        self, heard: Heard, caplog: pytest.LogCaptureFixture
    ) -> None:
        def refuses(payload: Mapping[str, Any], at: datetime) -> None:
            raise Conflict("the refund is on its way already")

        heard.first, heard.second = refuses, breaks
        tell()
        run()
        assert (of(FIRST).last_error_code, of(FIRST).last_error) == ("conflict", "the refund is on its way already")
        levels = [record.levelno for record in caplog.records if record.name == "config.outbox.runner"]
        assert levels == [logging.WARNING, logging.ERROR]

    @pytest.mark.parametrize("message", ["nul \x00", "half \ud800", "x" * 10_000])
    def test_is_recorded_whatever_it_says(self, heard: Heard, message: str) -> None:
        def fails(payload: Mapping[str, Any], at: datetime) -> None:
            raise ValueError(message)

        heard.money = fails
        tell("thing.paid")
        run(lane="money")
        assert (of(MONEY).state, of(MONEY).last_error_code, of(MONEY).lease_token) == ("due", "ValueError", None)

    def test_a_database_that_goes_away_costs_one_attempt(self, heard: Heard) -> None:
        def loses_it(payload: Mapping[str, Any], at: datetime) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        heard.first = loses_it
        tell()
        assert run() == 2
        assert (of(FIRST).state, of(FIRST).attempts, of(SECOND).state) == ("due", 1, "done")

    def test_what_it_had_committed_before_it_failed_stays(self, heard: Heard) -> None:
        """So a listener is written to be told again; nothing else is promised to it."""

        def half(payload: Mapping[str, Any], at: datetime) -> None:
            tell("thing.paid")
            raise ZeroDivisionError

        heard.first = half
        tell()
        run()
        run(AT + 5 * MINUTE)
        assert OutboxJob.objects.filter(listener=MONEY).count() == 1

    def test_a_listener_that_routes_does_not_name_is_not_called(self, heard: Heard) -> None:
        """A row of the database must not name any function of ours that it likes."""
        row = job(listener="config.outbox.tests.listening.not_routed")
        run()
        row.refresh_from_db()
        assert (row.state, row.last_error_code, heard.told) == ("due", "LookupError", [])


class TestNotYet:
    def test_is_run_again_then_and_not_counted(self, heard: Heard) -> None:
        def too_early(payload: Mapping[str, Any], at: datetime) -> None:
            if at < AT + 60 * MINUTE:
                raise NotYet(AT + 60 * MINUTE, code="bank_holiday")

        heard.money = too_early
        tell("thing.paid")
        assert run(lane="money") == 1
        row = of(MONEY)
        assert (row.state, row.attempts, row.due_at) == ("due", 0, AT + 60 * MINUTE)
        assert row.last_error_code == "bank_holiday"
        assert run(AT + 59 * MINUTE, lane="money") == 0
        assert run(AT + 60 * MINUTE, lane="money") == 1
        assert of(MONEY).state == "done"

    def test_may_be_said_more_often_than_there_are_retries(self, heard: Heard) -> None:
        def next_minute(payload: Mapping[str, Any], at: datetime) -> None:
            raise NotYet(at + MINUTE)

        heard.money = next_minute
        tell("thing.paid")
        for minute in range(20):
            assert run(AT + minute * MINUTE, lane="money") == 1
        assert (of(MONEY).state, of(MONEY).attempts) == ("due", 0)


class TestCrash:
    def test_between_the_job_and_its_stamp_runs_it_again(self, heard: Heard) -> None:
        """Exactly once is promised nowhere: the job is done, the process dies, and it is told again."""

        def dies(payload: Mapping[str, Any], at: datetime) -> None:
            raise SystemExit

        heard.second = dies
        tell()
        with pytest.MonkeyPatch.context() as gone:
            gone.setattr(runner._Run, "flush", lambda self, rows=(): None)  # a dead process stamps nothing
            with pytest.raises(SystemExit):
                run()
        assert of(FIRST).state == "due"
        heard.second = lambda payload, at: None
        assert run() == 0, "its lease is not over"
        end_leases()
        assert run() == 2
        assert heard.names() == ["first", "second", "first", "second"]
        assert {row.state for row in OutboxJob.objects.all()} == {"done"}

    def test_what_was_finished_is_stamped_when_the_drain_ends_in_an_error(self, heard: Heard) -> None:
        def dies(payload: Mapping[str, Any], at: datetime) -> None:
            raise SystemExit

        heard.second = dies
        tell()
        with pytest.raises(SystemExit):
            run()
        assert (of(FIRST).state, of(SECOND).state) == ("done", "due")


class TestFlush:
    @pytest.fixture(autouse=True)
    def stopwatch(self, monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
        found = Stopwatch()
        monkeypatch.setattr(runner, "time", found)
        return found

    def test_jobs_that_run_quickly_share_one_stamp(self, heard: Heard, django_assert_max_num_queries: Any) -> None:
        for number in range(20):
            tell("thing.paid", fact_key=f"{number}")
        with django_assert_max_num_queries(10):
            assert run(lane="money") == 20
        assert OutboxJob.objects.filter(state="done").count() == 20

    def test_a_slow_one_does_not_keep_the_finished_waiting(self, heard: Heard, stopwatch: Stopwatch) -> None:
        """What was finished before it is stamped soon after it, not at the end of the batch."""
        seen: list[int] = []

        def slow(payload: Mapping[str, Any], at: datetime) -> None:
            seen.append(elsewhere(lambda: OutboxJob.objects.filter(state="done").count()))
            if len(seen) == 2:
                stopwatch.at_s += 2 * runner.FLUSH_S

        heard.money = slow
        for number in range(4):
            tell("thing.paid", fact_key=f"{number}")
        run(lane="money")
        assert seen == [0, 0, 2, 2]

    def test_a_job_whose_lease_was_lost_is_not_stamped_by_the_late_one(self, heard: Heard) -> None:
        def slow(payload: Mapping[str, Any], at: datetime) -> None:
            if len(heard.told) == 1:
                end_leases()
                assert elsewhere(lambda: run(lane="money")) == 1

        heard.money = slow
        tell("thing.paid")
        assert run(lane="money") == 1
        row = of(MONEY)
        assert (row.state, row.attempts, len(heard.told)) == ("done", 2, 2)

    def test_a_late_failure_does_not_undo_what_another_worker_did(
        self, heard: Heard, caplog: pytest.LogCaptureFixture
    ) -> None:
        def slow(payload: Mapping[str, Any], at: datetime) -> None:
            if len(heard.told) == 1:
                end_leases()
                elsewhere(lambda: run(lane="money"))
                raise ZeroDivisionError

        heard.money = slow
        tell("thing.paid")
        run(lane="money")
        assert of(MONEY).state == "done"
        assert "lease lost" in caplog.text


class TestTwoWorkers:
    def test_run_every_job_once(self, heard: Heard) -> None:
        for number in range(60):
            tell("thing.paid", fact_key=f"{number}")
        turns = together([lambda: run(lane="money")] * 4)
        assert sum(turn for turn in turns if isinstance(turn, int)) == 60
        assert sorted(int(payload["thing"]) for _, payload, _ in heard.told) == list(range(60))


class TestPaused:
    def test_a_kill_switch_holds_one_listener(self, heard: Heard) -> None:
        Pause.objects.create(queue="outbox", kind=FIRST, reason="it sends nonsense", paused_by="user:ops")
        tell()
        assert run() == 1
        assert heard.names() == ["second"]
        Pause.objects.all().delete()
        assert run() == 1
        assert heard.names() == ["second", "first"]
