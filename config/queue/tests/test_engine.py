"""Who gets a row, for how long, and what becomes of it: on real commits, with more than one connection."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from config.inbox.processor import INBOX
from config.kernel.backoff import OUTBOX as LADDER
from config.ops.tests.rows import event
from config.outbox.models import OutboxJob
from config.outbox.runner import OUTBOX
from config.queue.engine import (
    BATCH,
    Claim,
    LeaseLost,
    claim,
    give_up,
    postpone,
    release,
    renew,
    retry,
    stamp,
    stamp_many,
)
from config.queue.models import Pause
from config.queue.tests.rows import AT, LISTENER, claimed, end_leases, fresh, ids, job, jobs, without_skip_locked
from config.tests.together import begin, elsewhere, together, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)


def database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
        return found


def pause(kind: str, queue: str = "outbox") -> Pause:
    return Pause.objects.create(queue=queue, kind=kind, reason="a test", paused_by="user:ops")


class TestClaim:
    def test_takes_what_is_due_oldest_first(self) -> None:
        third, first, second = job(due=-1), job(due=-30), job(due=-10)
        job(due=1)
        assert ids(claimed()) == [first.pk, second.pk, third.pk]

    def test_takes_no_more_than_the_limit(self) -> None:
        oldest = jobs(25)
        assert ids(claimed()) == [row.pk for row in oldest[:BATCH]]
        assert ids(claimed(limit=3)) == [row.pk for row in oldest[BATCH : BATCH + 3]]

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


class TestLanes:
    def test_a_lane_gets_its_own_rows_only(self) -> None:
        money, mail = job(lane="money"), job(lane="mail")
        assert ids(claimed(lane="money")) == [money.pk]
        assert claimed(lane="outbox") == []
        assert ids(claimed(lane="mail")) == [mail.pk]

    def test_a_storm_of_mail_does_not_delay_money(self) -> None:
        jobs(50, lane="mail")
        money = job(lane="money")
        assert ids(claimed(lane="money")) == [money.pk]


class TestPause:
    def test_stops_one_kind_and_no_other(self) -> None:
        paused, other = job(due=-2), job(due=-1, listener="somebody.else")
        switch = pause(LISTENER)
        assert ids(claimed()) == [other.pk]
        switch.delete()
        assert ids(claimed()) == [paused.pk]

    def test_counts_nothing_while_it_stands(self) -> None:
        row = job()
        pause(LISTENER)
        assert claimed() == []
        assert (fresh(row).attempts, fresh(row).lease_token) == (0, None)

    def test_of_another_queue_means_nothing_here(self) -> None:
        job()
        pause(LISTENER, queue="calls")
        assert len(claimed()) == 1

    def test_many_paused_rows_do_not_hide_one_that_is_not(self) -> None:
        jobs(60)
        behind = job(listener="somebody.else")
        pause(LISTENER)
        assert ids(claimed()) == [behind.pk]

    @pytest.mark.parametrize("kind", ["refund.created", "stripe:refund.created"])
    def test_of_an_event_names_a_type_or_one_gateways_type(self, kind: str) -> None:
        """Two gateways have events of the same name; trouble with one must not stop the other."""
        stripe = event(due_at=AT, type="refund.created")
        razorpay = event(due_at=AT, type="refund.created", source="razorpay")
        pause(kind, queue="inbox")
        expected = {razorpay.pk} if ":" in kind else set()
        assert {row.id for row in claim(INBOX, at=AT)} == expected
        Pause.objects.all().delete()
        assert {row.id for row in claim(INBOX, at=AT)} == {stripe.pk, razorpay.pk} - expected


class TestOrderingKey:
    def test_runs_in_the_order_of_writing_one_at_a_time(self) -> None:
        first, second = job(ordering_key="zoho:1"), job(due=-100, ordering_key="zoho:1")
        (mine,) = claimed()
        assert mine.id == first.pk, "the second is due earlier, but it was written later"
        assert claimed() == []
        stamp(OUTBOX, mine, state="done")
        assert ids(claimed()) == [second.pk]

    def test_a_failed_one_holds_back_its_successors_and_nobody_else(self) -> None:
        job(ordering_key="a")
        job(ordering_key="a")
        other, free = job(ordering_key="b"), job()
        (mine,) = claimed(limit=1)
        retry(OUTBOX, mine, at=AT, code="down", error="")
        assert ids(claimed()) == [other.pk, free.pk]

    def test_a_dead_one_lets_its_successors_go_on(self) -> None:
        job(ordering_key="a", state="dead")
        behind = job(ordering_key="a")
        assert ids(claimed()) == [behind.pk]

    def test_one_that_is_revived_waits_for_the_one_in_work(self) -> None:
        dead, later = job(ordering_key="a", state="dead"), job(ordering_key="a")
        (running,) = claimed()
        assert running.id == later.pk
        OutboxJob.objects.filter(pk=dead.pk).update(state="due")
        assert claimed() == [], "one at a time"
        stamp(OUTBOX, running, state="done")
        assert ids(claimed()) == [dead.pk]

    def test_a_lost_lease_keeps_the_order(self) -> None:
        first, second = job(ordering_key="a"), job(ordering_key="a")
        claimed()
        end_leases()
        assert ids(claimed()) == [first.pk]
        assert fresh(second).attempts == 0

    def test_workers_together_never_turn_it_round(self) -> None:
        """Four workers, three keys, ten jobs each: per key they finish in the order of their writing."""
        for _ in range(10):
            for key in "abc":
                job(ordering_key=key)
        finished: list[tuple[str, int]] = []

        def worker() -> None:
            idle = 0
            while idle < 50:
                rows = claimed(limit=2)
                idle = 0 if rows else idle + 1
                for row in rows:
                    finished.append((OutboxJob.objects.get(pk=row.id).ordering_key, row.id))
                    stamp(OUTBOX, row, state="done")

        assert together([worker] * 4) == [None] * 4
        assert len(finished) == 30
        for key in "abc":
            order = [row for name, row in finished if name == key]
            assert order == sorted(order)


class TestLostLeases:
    def test_a_row_that_lost_its_lease_is_leased_alone(self) -> None:
        """What killed the worker, if it was this row, takes no other one with it the next time."""
        rows = jobs(5)
        claimed(limit=1)
        end_leases()
        assert ids(claimed()) == [rows[0].pk]
        others = OutboxJob.objects.filter(pk__in=[row.pk for row in rows[1:]])
        assert set(others.values_list("attempts", "lease_token", "lost_leases")) == {(0, None, 0)}
        assert ids(claimed()) == [row.pk for row in rows[1:]]

    def test_healthy_rows_before_it_go_first(self) -> None:
        suspect = job(due=-5)
        claimed()
        end_leases()
        before, behind = job(due=-9), job(due=-1)
        assert ids(claimed()) == [before.pk]
        assert ids(claimed()) == [suspect.pk]
        assert ids(claimed()) == [behind.pk]

    def test_a_killer_takes_nobody_with_it(self) -> None:
        """One row of twenty kills its worker each time it has its turn. It is quarantined, the others are done."""
        rows = jobs(20)
        killer = rows[3].pk
        for _ in range(200):
            batch = claimed()
            if not batch:
                break
            for row in batch:
                if row.id == killer:
                    end_leases()  # the process is gone, and the leases of the rest of its batch run out
                    break
                stamp(OUTBOX, row, state="done")
        states = dict(OutboxJob.objects.values_list("pk", "state"))
        assert states.pop(killer) == "dead"
        assert set(states.values()) == {"done"}
        assert OutboxJob.objects.get(pk=killer).last_error_code == "poison"

    def test_three_lost_leases_without_an_outcome_are_quarantined(self) -> None:
        row = job()
        for lost in range(3):
            (mine,) = claimed()
            assert mine.lost_leases == lost
            end_leases()
        assert claimed() == []
        row = fresh(row)
        assert (row.state, row.last_error_code, row.lease_token) == ("dead", "poison", None)

    def test_an_outcome_forgets_the_losses_before_it(self) -> None:
        row = job()
        for _ in range(2):
            claimed()
            end_leases()
        (mine,) = claimed()
        retry(OUTBOX, mine, at=AT, code="down", error="")
        assert fresh(row).lost_leases == 0

    def test_the_quarantined_do_not_keep_the_queue_from_going_on(self) -> None:
        """More of them than a batch holds, and the one behind them is claimed at once."""
        for row in jobs(BATCH + 5):
            OutboxJob.objects.filter(pk=row.pk).update(lost_leases=3)
        behind = job(due=0)
        assert ids(claimed()) == [behind.pk]
        assert OutboxJob.objects.filter(state="dead").count() == BATCH + 5


class TestRenew:
    def test_starts_the_lease_anew(self) -> None:
        job()
        (mine,) = claimed()
        OutboxJob.objects.update(lease_until=Now() + timedelta(seconds=1))
        assert renew(OUTBOX, mine)
        lease_until = OutboxJob.objects.get().lease_until
        assert lease_until is not None
        assert lease_until > database_now() + timedelta(seconds=OUTBOX.lease_s - 60)

    def test_only_by_the_token(self) -> None:
        job()
        (mine,) = claimed()
        assert not renew(OUTBOX, replace(mine, token=uuid.uuid4()))

    def test_not_when_somebody_else_has_it(self) -> None:
        job()
        (mine,) = claimed()
        end_leases()
        elsewhere(claimed)
        held = OutboxJob.objects.get().lease_until
        assert not renew(OUTBOX, mine)
        assert OutboxJob.objects.get().lease_until == held

    def test_a_lease_that_ran_out_unnoticed_is_still_ours_to_renew(self) -> None:
        job()
        (mine,) = claimed()
        end_leases()
        assert renew(OUTBOX, mine)
        assert elsewhere(claimed) == []

    def test_not_when_it_is_finished(self) -> None:
        job()
        (mine,) = claimed()
        stamp(OUTBOX, mine, state="done")
        assert not renew(OUTBOX, mine)


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


class TestRelease:
    def test_gives_rows_back_as_they_were(self) -> None:
        row = job(attempts=2, last_error_code="down", last_error="it was down")
        assert release(OUTBOX, claimed()) == 1
        row = fresh(row)
        assert (row.attempts, row.lease_token, row.lease_until) == (2, None, None)
        assert (row.last_error_code, row.last_error, row.due_at) == ("down", "it was down", AT)
        assert len(elsewhere(claimed)) == 1

    def test_a_suspect_stays_one(self) -> None:
        row = job()
        for _ in range(2):
            claimed()
            end_leases()
        release(OUTBOX, claimed())
        assert fresh(row).lost_leases == 2
        (mine,) = claimed()
        assert mine.lost_leases == 2, "giving it back cost no lease"

    def test_leaves_alone_what_is_not_ours_any_more(self) -> None:
        row = job()
        mine = claimed()
        end_leases()
        (theirs,) = elsewhere(claimed)
        assert release(OUTBOX, mine) == 0
        assert (fresh(row).lease_token, fresh(row).attempts) == (theirs.token, 2)

    def test_leaves_alone_what_is_finished(self) -> None:
        row = job()
        mine = claimed()
        stamp(OUTBOX, mine[0], state="done")
        assert release(OUTBOX, mine) == 0
        assert (fresh(row).state, fresh(row).attempts) == ("done", 1)

    def test_of_nothing_asks_nothing(self, django_assert_num_queries: object) -> None:
        with django_assert_num_queries(0):  # type: ignore[operator]
            assert release(OUTBOX, []) == 0
