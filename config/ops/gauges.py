"""Gauges that are read from the database, so that they are right whichever process is asked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import Error, connection, transaction
from django.utils.module_loading import import_string
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from config.ops import queues as queue_depths
from config.ops.models import StoredGauge

log = logging.getLogger(__name__)
FRESH = timedelta(seconds=15)
PATIENCE_MS = 2_000

# A gauge's name and its labels as sorted pairs.
Key = tuple[str, tuple[tuple[str, str], ...]]
Readings = dict[Key, float]
# What routes.py names: reads some gauges as of an instant.
Provider = Callable[[datetime], Readings]


def key(metric: str, **labels: str) -> Key:
    """Names one reading."""
    return metric, tuple(sorted(labels.items()))


def shared_as() -> str:
    """Under which name the processes of one database share their snapshot."""
    return f"ops:gauges:{connection.settings_dict['NAME']}"


@dataclass(frozen=True)
class Snapshot:
    """All readings of one instant, and the providers that failed to give theirs."""

    taken_at: datetime
    readings: Readings = field(default_factory=dict)
    failed: tuple[str, ...] = ()


def refresh_gauges(*, at: datetime) -> Snapshot:
    """Asks every provider and shares the answers with the other processes.

    A provider that fails costs its own gauges alone: they are missing then, and `holdfast_gauges_failed` says so.
    """
    readings: Readings = {}
    failed = []
    try:
        connection.ensure_connection()
    except Error:
        # Nobody is kept waiting for one connection attempt after the other.
        log.exception("gauges not read: no database")
        return Snapshot(taken_at=at, failed=tuple(settings.GAUGE_PROVIDERS))
    for path in settings.GAUGE_PROVIDERS:
        provider: Provider = import_string(path)
        try:
            readings |= _ask(provider, at)
        except Error:
            log.exception("gauges not read", extra={"provider": path})
            failed.append(path)
    snapshot = Snapshot(taken_at=at, readings=readings, failed=tuple(failed))
    # Plain values: a process of the version before or after must be able to read them.
    cache.set(shared_as(), (at, readings, snapshot.failed), timeout=int(FRESH.total_seconds() * 4))
    return snapshot


def current_gauges(*, at: datetime) -> Snapshot:
    """What was read within the last 15 seconds by whichever process, else read now."""
    known: Any = cache.get(shared_as())
    if known is not None and abs(at - known[0]) < FRESH:
        return Snapshot(*known)
    return refresh_gauges(at=at)


class DatabaseGauges(Collector):
    """A snapshot in Prometheus' form."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for (metric, labels), value in self._snapshot.readings.items():
            names, values = [name for name, _ in labels], [value for _, value in labels]
            family = families.setdefault(metric, GaugeMetricFamily(metric, "Read from the database.", labels=names))
            family.add_metric(values, value)
        yield from families.values()
        failed = len(self._snapshot.failed)
        yield GaugeMetricFamily("holdfast_gauges_failed", "Providers whose gauges could not be read.", value=failed)


def queues(at: datetime) -> Readings:
    """Depth and age of each queue, and what is stuck in them."""
    readings: Readings = {}
    for depth in queue_depths.depths(at=at):
        labels = {"queue": depth.queue, "lane": depth.lane}
        readings[key("holdfast_queue_due", **labels)] = depth.due
        readings[key("holdfast_queue_oldest_due_age_seconds", **labels)] = depth.age(at).total_seconds()
    stuck = queue_depths.stuck()
    for queue, dead in stuck.dead.items():
        readings[key("holdfast_queue_dead", queue=queue)] = dead
    readings[key("holdfast_inbox_parked")] = stuck.inbox_parked
    readings[key("holdfast_calls_unanswered")] = stuck.calls_unanswered
    return readings


def stored(at: datetime) -> Readings:
    """What jobs measured last, and how long ago: a check that no longer runs must not look like a healthy one."""
    readings: Readings = {}
    for gauge in StoredGauge.objects.all()[:500]:
        readings[key(gauge.name, name=gauge.label)] = gauge.value
        age = max((at - gauge.measured_at).total_seconds(), 0.0)
        readings[key(f"{gauge.name}_age_seconds", name=gauge.label)] = age
    return readings


def _ask(provider: Provider, at: datetime) -> Readings:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS:d}")
        return provider(at)
