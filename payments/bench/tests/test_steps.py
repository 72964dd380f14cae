"""What the bench measures is the real thing: its orders end paid, booked, held and announced."""

from __future__ import annotations

from typing import Any

import pytest

from config.inbox.models import WebhookEvent
from config.outbox.models import OutboxJob
from payments.bench import NOTHING, steps

pytestmark = pytest.mark.django_db(transaction=True)


class TestWorkInbox:
    def test_pays_every_order_and_keeps_the_books(self) -> None:
        assert steps.prepare_orders(count=3) > 1_500
        assert steps.prove_orders()["unpaid"] == 3
        run = steps.work_inbox(warm_up=0)
        assert run["done"] == 3
        assert steps.prove_orders() == {
            "unpaid": 0, "paid": 3, "entries": 3, "holds": 6, "announced": 3, "moves": 6, "broken": [],
        }  # fmt: skip

    def test_does_not_count_the_warm_up(self) -> None:
        steps.prepare_orders(count=2)
        assert steps.work_inbox(warm_up=2)["done"] == 0
        assert steps.prove_orders()["paid"] == 2


class TestWorkJobs:
    def test_runs_each_job_once(self, settings: Any) -> None:
        settings.LISTENERS = {**settings.LISTENERS, "bench.nothing": [NOTHING]}
        assert steps.work_jobs(count=5, run=0)["done"] == 5
        assert steps.work_jobs(count=5, run=1)["done"] == 5
        assert set(OutboxJob.objects.filter(topic="bench.nothing").values_list("state", flat=True)) == {"done"}


class TestTimeClaims:
    def test_claims_all_of_it_beside_a_history(self) -> None:
        steps.prepare_history(processed=30, dead=10)
        found = steps.time_claims(batches=2)
        assert 0 < found["median"] <= found["p95"]
        assert WebhookEvent.objects.filter(state="processed").count() == 40
