"""Gauges are right from any process, and one that cannot be read is missing and not zero."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from prometheus_client import CollectorRegistry, generate_latest

from config.ops import gauges
from config.ops.gauges import DatabaseGauges, Readings, Snapshot, current_gauges, key, refresh_gauges, shared_as
from config.ops.metrics import truth_broken
from config.ops.models import StoredGauge
from config.ops.tests.dead import closed_port
from config.ops.tests.rows import event, job

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DUE = key("holdfast_queue_due", queue="inbox", lane="")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _afresh(settings: Any) -> Iterator[None]:
    settings.GAUGE_PROVIDERS = ["config.ops.gauges.queues", "config.ops.gauges.stored"]
    cache.delete(shared_as())
    yield
    cache.delete(shared_as())


def too_slow(at: datetime) -> Readings:
    gauges.PATIENCE_MS *= 1_000  # with those behind it
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(30)")
    return {key("never"): 1}


class TestRefreshGauges:
    def test_asks_every_provider(self) -> None:
        event(due_at=NOW - MINUTE)
        truth_broken("entries_balance", True)
        readings = refresh_gauges(at=NOW).readings
        assert readings[DUE] == 1
        assert readings[key("holdfast_ledger_truth_broken", name="entries_balance")] == 1

    def test_a_provider_that_is_too_slow_costs_its_own_gauges_alone(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gauges, "PATIENCE_MS", 50)
        slow = "config.ops.tests.test_gauges.too_slow"
        settings.GAUGE_PROVIDERS = [slow, *settings.GAUGE_PROVIDERS]
        with transaction.atomic():
            snapshot = refresh_gauges(at=NOW)
        assert snapshot.failed == (slow,)
        assert snapshot.readings[DUE] == 0
        assert key("never") not in snapshot.readings

    @pytest.mark.django_db(transaction=True)
    def test_without_a_database_all_are_missing(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        with closed_port() as port, monkeypatch.context() as patched:
            connection.close()
            patched.setitem(connection.settings_dict, "HOST", "127.0.0.1")
            patched.setitem(connection.settings_dict, "PORT", str(port))
            patched.setitem(connection.settings_dict["OPTIONS"], "host", "127.0.0.1")
            snapshot = refresh_gauges(at=NOW)
        assert snapshot == Snapshot(taken_at=NOW, failed=tuple(settings.GAUGE_PROVIDERS))


class TestCurrentGauges:
    def test_takes_what_another_process_read_a_moment_ago(self, django_assert_num_queries: Any) -> None:
        refresh_gauges(at=NOW)
        event(due_at=NOW)
        with django_assert_num_queries(0):
            assert current_gauges(at=NOW + timedelta(seconds=14)).readings[DUE] == 0

    def test_reads_anew_what_is_older_than_15_seconds(self) -> None:
        refresh_gauges(at=NOW)
        event(due_at=NOW)
        assert current_gauges(at=NOW + timedelta(seconds=15)).readings[DUE] == 1

    def test_what_comes_from_the_future_is_not_believed(self) -> None:
        refresh_gauges(at=NOW + timedelta(hours=1))
        event(due_at=NOW)
        assert current_gauges(at=NOW).readings[DUE] == 1

    def test_what_is_shared_is_the_same(self) -> None:
        event(due_at=NOW - MINUTE)
        assert current_gauges(at=NOW) == refresh_gauges(at=NOW)
        assert current_gauges(at=NOW) == refresh_gauges(at=NOW)


class TestQueues:
    def test_tells_depth_and_age_of_each_queue_and_lane(self) -> None:
        event(due_at=NOW - 5 * MINUTE)
        job(due_at=NOW - MINUTE, lane="mail")
        readings = gauges.queues(NOW)
        age = "holdfast_queue_oldest_due_age_seconds"
        assert readings[DUE] == 1
        assert readings[key(age, queue="inbox", lane="")] == 300
        assert readings[key(age, queue="outbox", lane="mail")] == 60
        assert readings[key(age, queue="outbox", lane="money")] == 0

    def test_tells_what_is_stuck(self) -> None:
        event(due_at=NOW, state="dead")
        event(due_at=NOW, state="parked", wake_key="pi_1")
        readings = gauges.queues(NOW)
        assert readings[key("holdfast_queue_dead", queue="inbox")] == 1
        assert readings[key("holdfast_inbox_parked")] == 1
        assert readings[key("holdfast_calls_unanswered")] == 0


class TestStored:
    def test_tells_how_old_a_value_is(self) -> None:
        StoredGauge.objects.create(name="truth", label="a", value=1, measured_at=NOW - MINUTE)
        assert gauges.stored(NOW) == {key("truth", name="a"): 1, key("truth_age_seconds", name="a"): 60}


class TestDatabaseGauges:
    def test_speaks_prometheus(self) -> None:
        registry = CollectorRegistry()
        readings = {key("depth", queue="inbox"): 3, key("depth", queue="outbox"): 0, key("plain"): 1.5}
        registry.register(DatabaseGauges(Snapshot(taken_at=NOW, readings=readings, failed=("a.b",))))
        text = generate_latest(registry).decode()
        assert text.count("# TYPE depth gauge") == 1
        assert 'depth{queue="inbox"} 3.0' in text
        assert 'depth{queue="outbox"} 0.0' in text
        assert "\nplain 1.5" in text
        assert "holdfast_gauges_failed 1.0" in text


class TestKey:
    def test_the_order_of_labels_does_not_matter(self) -> None:
        assert key("a", x="1", b="2") == key("a", b="2", x="1") == ("a", (("b", "2"), ("x", "1")))
