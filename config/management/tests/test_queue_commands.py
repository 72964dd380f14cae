"""Queues are worked off by hand: drain_outbox, process_inbox and resolve_unknown_attempts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from config.calls.tests import asking
from config.inbox.models import WebhookEvent
from config.inbox.tests import toy
from config.kernel.clock import now
from config.outbox.models import OutboxJob
from config.outbox.tests import listening
from config.queue.engine import BATCH
from config.queue.tests.rows import job
from config.tests.servers import Private

pytestmark = pytest.mark.django_db(transaction=True)


def said(command: str, *options: str) -> str:
    out = StringIO()
    call_command(command, *options, stdout=out)
    return out.getvalue().strip()


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


class TestProcessInbox:
    @pytest.fixture(autouse=True)
    def script(self, settings: Any) -> toy.Script:
        return toy.configure(settings)

    def test_handles_what_is_due_and_looks_at_what_is_parked(self) -> None:
        for _ in range(BATCH + 5):
            toy.received(at=now())
        parked = toy.received(at=now())
        WebhookEvent.objects.filter(pk=parked.pk).update(state="parked", wake_key="pay_1")
        assert said("process_inbox") == f"{BATCH + 6} events had their turn"
        assert {row.state for row in WebhookEvent.objects.all()} == {"processed"}

    def test_once_is_one_batch(self) -> None:
        for _ in range(BATCH + 5):
            toy.received(at=now())
        assert said("process_inbox", "--once") == f"{BATCH} events had their turn"
        assert said("process_inbox", "--once") == "5 events had their turn"


class TestResolveUnknownAttempts:
    @pytest.fixture(autouse=True)
    def gateway(self, settings: Any) -> Iterator[asking.Gateway]:
        yield from asking.configure(settings)

    def test_asks_and_says_how_many_are_left(self, gateway: asking.Gateway) -> None:
        long_ago = now() - timedelta(hours=1)
        first = asking.opened(at=long_ago)
        asking.opened(at=long_ago)
        asking.opened(at=now())

        def says(call: Any, at: Any) -> None:
            if call.pk == first.pk:
                asking.answered(call, "succeeded", at=at)

        gateway.says = says
        assert said("resolve_unknown_attempts") == "2 calls were asked about; 2 are still without an answer"
        assert asking.fresh(first).status == "succeeded"


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
