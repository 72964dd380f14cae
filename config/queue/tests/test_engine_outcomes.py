"""Every outcome is written by the token's fence: done, tried again, postponed, given up."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from config.kernel.backoff import OUTBOX as LADDER
from config.outbox.models import OutboxJob
from config.outbox.runner import OUTBOX
from config.queue.engine import (
    LeaseLost,
    give_up,
    postpone,
    retry,
    stamp,
    stamp_many,
)
from config.queue.tests.rows import AT, claimed, end_leases, fresh, job, jobs
from config.tests.together import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


class TestStamp:
    def test_writes_the_outcome_and_gives_the_lease_back(self) -> None:
        row = job()
        (mine,) = claimed()
        stamp(OUTBOX, mine, state="done")
        row = fresh(row)
        assert (row.state, row.lease_token, row.lease_until, row.attempts) == ("done", None, None, 1)

    def test_a_lost_lease_rolls_the_effects_back(self) -> None:
        job()
        (mine,) = claimed()
        end_leases()
        (theirs,) = elsewhere(claimed)

        def late() -> None:
            with transaction.atomic():
                job(topic="an effect")
                stamp(OUTBOX, mine, state="done")

        with pytest.raises(LeaseLost):
            late()
        assert not OutboxJob.objects.filter(topic="an effect").exists()
        assert OutboxJob.objects.get().state == "due"
        stamp(OUTBOX, theirs, state="done")
        assert OutboxJob.objects.get().state == "done"

    def test_the_second_stamp_of_one_turn_is_refused(self) -> None:
        job()
        (mine,) = claimed()
        stamp(OUTBOX, mine, state="done")
        with pytest.raises(LeaseLost):
            stamp(OUTBOX, mine, state="dead")
        assert OutboxJob.objects.get().state == "done"

    @pytest.mark.parametrize(
        ("error", "kept"),
        [
            ("a\x00b", "a\N{REPLACEMENT CHARACTER}b"),
            ("half \ud800", "half ?"),
            ("x" * 5_000, "x" * 2_000),
            ("₹ and 🙂", "₹ and 🙂"),
        ],
    )
    def test_keeps_an_error_whatever_it_quotes(self, error: str, kept: str) -> None:
        """A message that cannot be stored would leave the row without an outcome, again and again."""
        job()
        (mine,) = claimed()
        retry(OUTBOX, mine, at=AT, code="c" * 200, error=error)
        row = OutboxJob.objects.get()
        assert (row.last_error, row.last_error_code) == (kept, "c" * 80)


class TestStampMany:
    def test_stamps_each_by_its_own_token(self) -> None:
        jobs(3)
        mine = claimed()
        lost = replace(mine[1], token=uuid.uuid4())
        assert stamp_many(OUTBOX, [mine[0], lost, mine[2]], state="done") == 2
        assert list(OutboxJob.objects.order_by("pk").values_list("state", flat=True)) == ["done", "due", "done"]

    def test_of_nothing_asks_nothing(self, django_assert_num_queries: object) -> None:
        with django_assert_num_queries(0):  # type: ignore[operator]
            assert stamp_many(OUTBOX, [], state="done") == 0

    def test_forgets_the_error_of_an_earlier_failure(self) -> None:
        job(last_error_code="down", last_error="it was down")
        stamp_many(OUTBOX, claimed(), state="done")
        row = OutboxJob.objects.get()
        assert (row.last_error_code, row.last_error) == ("", "")


class TestRetry:
    def test_walks_the_ladder_and_dies_at_its_end(self) -> None:
        row, at = job(), AT
        for failures, minutes in enumerate((5, 10, 20, 40, 80), start=1):
            (mine,) = claimed(at=at)
            assert retry(OUTBOX, mine, at=at, code="down", error="no answer") is False
            row = fresh(row)
            assert (row.state, row.attempts, row.due_at) == ("due", failures, at + timedelta(minutes=minutes))
            assert claimed(at=row.due_at - timedelta(seconds=1)) == [], "not before its time"
            at = row.due_at
        (mine,) = claimed(at=at)
        assert retry(OUTBOX, mine, at=at, code="down", error="no answer") is True
        row = fresh(row)
        assert (row.state, row.attempts, row.last_error_code, row.last_error) == ("dead", 6, "down", "no answer")
        assert claimed(at=at + timedelta(days=30)) == []

    def test_knows_that_the_lease_is_lost(self) -> None:
        job()
        (mine,) = claimed()
        end_leases()
        elsewhere(claimed)
        with pytest.raises(LeaseLost):
            retry(OUTBOX, mine, at=AT, code="down", error="")

    def test_asks_the_ladder_of_its_queue(self) -> None:
        assert OUTBOX.ladder is LADDER


class TestGiveUp:
    def test_what_follows_commits_with_it(self) -> None:
        told = []
        queue = replace(OUTBOX, given_up=lambda row_id, at: told.append((row_id, at)))
        row = job()
        give_up(queue, claimed()[0], at=AT, code="down", error="")
        assert told == [(row.pk, AT)]
        assert fresh(row).state == "dead"

    def test_it_is_not_given_up_when_what_follows_fails(self) -> None:
        def fails(row_id: int, at: datetime) -> None:
            raise ZeroDivisionError

        queue = replace(OUTBOX, given_up=fails)
        row = job()
        with pytest.raises(ZeroDivisionError):
            give_up(queue, claimed()[0], at=AT, code="down", error="")
        assert fresh(row).state == "due"


class TestPostpone:
    def test_is_not_a_failure(self) -> None:
        row = job()
        for _ in range(20):
            (mine,) = claimed()
            postpone(OUTBOX, mine, until=AT, code="not_yet")
        row = fresh(row)
        assert (row.attempts, row.state, row.last_error_code) == (0, "due", "not_yet")

    def test_waits_until_then(self) -> None:
        job()
        postpone(OUTBOX, claimed()[0], until=AT + timedelta(hours=1), code="not_yet")
        assert claimed(at=AT + timedelta(minutes=59)) == []
        assert len(claimed(at=AT + timedelta(hours=1))) == 1
