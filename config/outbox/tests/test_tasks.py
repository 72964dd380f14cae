"""The outbox's task runs the lane that was rung, or all of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.kernel.clock import now
from config.outbox.models import OutboxJob
from config.outbox.tasks import run
from config.outbox.tests.listening import FIRST, MONEY, Heard
from config.queue.tests.rows import job


@pytest.mark.django_db(transaction=True)
class TestRun:
    @pytest.fixture(autouse=True)
    def _jobs(self, heard: Heard) -> None:
        due = now() - timedelta(seconds=1)
        job(due_at=due, lane="mail", listener=FIRST)
        job(due_at=due, lane="money", listener=MONEY)

    def test_runs_the_lane_that_was_rung_and_no_other(self, heard: Heard) -> None:
        assert run("money") == 1
        assert heard.names() == ["money"]

    def test_runs_them_all_money_first(self, heard: Heard) -> None:
        assert run() == 2
        assert heard.names() == ["money", "first"]
        assert not OutboxJob.objects.filter(state="due").exists()
