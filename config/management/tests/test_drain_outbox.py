"""`manage.py drain_outbox`: every lane is worked off by hand, money first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.kernel.clock import now
from config.management.tests.saying import said
from config.outbox.models import OutboxJob
from config.outbox.tests import listening
from config.queue.engine import BATCH
from config.queue.tests.rows import job
from config.tests.servers import Private

pytestmark = pytest.mark.django_db(transaction=True)


def jobs(number: int, **fields: Any) -> None:
    for _ in range(number):
        job(**{"due_at": now(), "listener": listening.FIRST, **fields})


class TestDrainOutbox:
    @pytest.fixture(autouse=True)
    def heard(self, settings: Any) -> listening.Heard:
        return listening.configure(settings)

    def test_runs_every_lane_until_nothing_is_due(self) -> None:
        jobs(BATCH + 5)
        jobs(3, lane="money")
        jobs(2, lane="mail")
        jobs(1, due_at=now() + timedelta(hours=1))
        assert said("drain_outbox") == f"{BATCH + 10} jobs had their turn"
        assert OutboxJob.objects.filter(state="done").count() == BATCH + 10
        assert said("drain_outbox") == "0 jobs had their turn"

    def test_once_is_one_batch_of_each_lane(self) -> None:
        jobs(BATCH + 5)
        jobs(BATCH + 5, lane="money")
        assert said("drain_outbox", "--once") == f"{2 * BATCH} jobs had their turn"

    def test_money_goes_first(self, heard: listening.Heard) -> None:
        jobs(1, lane="mail", listener=listening.FIRST)
        jobs(1, lane="outbox", listener=listening.SECOND)
        jobs(1, lane="money", listener=listening.MONEY)
        said("drain_outbox")
        assert heard.names() == ["money", "second", "first"]


class TestCommandLine:
    def test_works_as_a_process_of_its_own(self, private: Private) -> None:
        """As an operator types it: the events of the private servers, handled and heard."""
        columns = "topic, lane, listener, fact_key, payload, state"
        values = "'counted.done', 'outbox', 'config.tests.counted.hear', 'by hand', '{\"event\": \"evt_1\"}', 'due'"
        private.ask(f"INSERT INTO config_outboxjob ({columns}) VALUES ({values})")
        assert private.manage("drain_outbox") == (0, "1 jobs had their turn\n")
        assert private.manage("process_inbox", "--once") == (0, "0 events had their turn\n")
        assert private.manage("resolve_unknown_attempts") == (
            0, "0 calls were asked about; 0 are still without an answer\n"
        )  # fmt: skip
        assert private.count("heard") == 1
