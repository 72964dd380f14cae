"""Lanes, kill switches and ordering keys decide which row is next."""

from __future__ import annotations

import pytest

from config.inbox.processor import INBOX
from config.ops.tests.rows import event
from config.outbox.models import OutboxJob
from config.outbox.runner import OUTBOX
from config.queue.engine import (
    claim,
    retry,
    stamp,
)
from config.queue.models import Pause
from config.queue.tests.rows import AT, LANE, LISTENER, claimed, end_leases, fresh, ids, job, jobs
from config.tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def pause(kind: str, queue: str = "outbox") -> Pause:
    return Pause.objects.create(queue=queue, kind=kind, reason="a test", paused_by="user:ops")


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

    def test_one_in_work_is_waited_for_though_a_drain_looks_no_further_back(self) -> None:
        first, second = job(due=-100, ordering_key="a"), job(ordering_key="a")
        assert ids(claimed(limit=1)) == [first.pk]
        assert claim(OUTBOX, at=AT, lane=LANE, since=AT) == []
        assert fresh(second).attempts == 0

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
