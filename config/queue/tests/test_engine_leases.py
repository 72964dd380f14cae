"""A lease fences its row: lost three times it quarantines it, renewed and stamped it is by token alone."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from config.outbox.models import OutboxJob
from config.outbox.runner import OUTBOX
from config.queue.engine import (
    BATCH,
    release,
    renew,
    retry,
    stamp,
)
from config.queue.tests.rows import AT, claimed, database_now, end_leases, fresh, ids, job, jobs
from config.tests.together import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


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
