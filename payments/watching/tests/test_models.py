"""What is watched stands in a queue like the others: it is seen when it waits too long, and when it was given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client

from config.admin.panel import Tone
from config.kernel import clock
from config.ops import gauges, panels, queues
from config.ops.gauges import key
from config.ops.queues import Depth
from config.ops.readiness import Readiness, readiness
from payments.watching.models import Watch

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATE = timedelta(seconds=settings.OVERDUE_AFTER_S + 60)
pytestmark = pytest.mark.django_db


def _watch(ref: str = "pay_one", **fields: Any) -> Watch:
    return Watch.objects.create(kind="payment", ref=ref, account="phonepe", **fields)


class TestOneRow:
    def test_an_object_is_watched_once(self) -> None:
        _watch()
        with pytest.raises(IntegrityError, match="an_object_is_watched_once"), transaction.atomic():
            _watch()
        assert Watch.objects.count() == 1

    def test_says_what_it_is_about(self) -> None:
        assert str(_watch()) == "payment pay_one"


class TestStuck:
    """The workers do not ask: its question is due, and nobody makes it."""

    def test_is_counted_with_its_age(self) -> None:
        _watch(due_at=NOW - 5 * MINUTE)
        _watch("pay_two", due_at=NOW - MINUTE)
        _watch("pay_later", due_at=NOW + MINUTE)
        _watch("pay_decided", due_at=NOW - 9 * MINUTE, state="done")
        assert queues.depths(at=NOW)[-1] == Depth("watches", "", 2, NOW - 5 * MINUTE)
        readings = gauges.queues(NOW)
        assert readings[key("holdfast_queue_due", queue="watches", lane="")] == 2
        assert readings[key("holdfast_queue_oldest_due_age_seconds", queue="watches", lane="")] == 300

    def test_makes_the_installation_degraded(self) -> None:
        watch = _watch(due_at=NOW - LATE)
        assert readiness(at=NOW) == Readiness(degraded=("watches overdue",))
        Watch.objects.filter(pk=watch.pk).update(state="done")
        assert readiness(at=NOW) == Readiness()

    def test_is_named_at_the_door(self, client: Client) -> None:
        _watch(due_at=clock.now() - LATE)
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        assert "watches overdue" in answer.json()["degraded"]
        assert client.get("/readyz?strict=1").status_code == 503

    def test_a_question_that_is_not_late_is_no_news(self) -> None:
        _watch(due_at=NOW - MINUTE)
        _watch("pay_given_up", due_at=NOW - LATE, state="dead")
        assert readiness(at=NOW) == Readiness()

    def test_is_bad_on_the_overview(self) -> None:
        _watch(due_at=NOW - LATE)
        figure = next(each for each in panels.queues(NOW).figures if each.label == "watches")
        assert (figure.value.split(",")[0], figure.tone) == ("1 due", Tone.BAD)


class TestGivenUp:
    def test_is_a_dead_row_in_the_gauges(self) -> None:
        _watch(state="dead")
        _watch("pay_two", due_at=NOW + MINUTE)
        assert gauges.queues(NOW)[key("holdfast_queue_dead", queue="watches")] == 1
        assert queues.stuck().dead == {"inbox": 0, "outbox": 0, "watches": 1}
