"""Counts are exact while there are few rows, and cost the same when there are many."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from config.inbox.models import WebhookEvent
from config.ops.counting import by_value, capped
from config.ops.tests.rows import event
from config.tests.owner import owner_connection

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
STATES = ["due", "processed", "dead"]
pytestmark = pytest.mark.django_db(transaction=True)


def _analyze() -> None:
    with owner_connection() as owner:
        owner.execute("ANALYZE config_webhookevent")


class TestCapped:
    def test_is_exact_below_the_cap(self) -> None:
        for _ in range(3):
            event(due_at=NOW)
        assert capped(WebhookEvent.objects.all(), cap=5) == 3

    def test_stops_at_the_cap(self) -> None:
        for _ in range(7):
            event(due_at=NOW)
        assert capped(WebhookEvent.objects.order_by("-id"), cap=5) == 5


class TestByValue:
    def test_is_exact_below_the_cap_and_names_every_value(self) -> None:
        event(due_at=NOW)
        event(due_at=NOW, state="dead")
        event(due_at=NOW, state="dead")
        assert by_value(WebhookEvent, "state", STATES) == {"due": 1, "processed": 0, "dead": 2}

    def test_values_that_nobody_asked_for_are_not_counted(self) -> None:
        event(due_at=NOW, state="foreign")
        assert by_value(WebhookEvent, "state", STATES) == {"due": 0, "processed": 0, "dead": 0}

    def test_from_the_cap_on_it_is_the_planners_estimate(self) -> None:
        for _ in range(60):
            event(due_at=NOW, state="processed")
        event(due_at=NOW, state="dead")
        _analyze()
        assert by_value(WebhookEvent, "state", STATES, cap=10) == {"due": 0, "processed": 60, "dead": 1}

    def test_without_statistics_it_is_the_cap(self) -> None:
        for _ in range(20):
            event(due_at=NOW, state="processed")
        assert by_value(WebhookEvent, "state", STATES, cap=10)["processed"] == 10

    def test_an_estimate_is_never_below_what_was_counted(self) -> None:
        for _ in range(12):
            event(due_at=NOW, state="processed")
        _analyze()
        for _ in range(60):
            event(due_at=NOW, state="processed")
        assert by_value(WebhookEvent, "state", STATES, cap=50)["processed"] >= 50

    def test_leaves_the_planner_as_it_was(self) -> None:
        by_value(WebhookEvent, "state", STATES)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('enable_seqscan'), current_setting('enable_bitmapscan')")
            assert cursor.fetchone() == ("on", "on")
