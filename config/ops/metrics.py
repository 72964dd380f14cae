"""What this process counts and measures, under labels that are bounded whatever the outside sends."""

from __future__ import annotations

import re

from django.conf import settings
from django.db.models.functions import Now
from prometheus_client import Counter, Histogram

from config.ops.models import StoredGauge

OTHER = "other"
_is_label = re.compile(r"[A-Za-z0-9_.-]{1,80}").fullmatch
# Outcomes of types that we do not handle: there are hundreds of them, and nobody asks for their lag one by one.
_NOT_OURS = frozenset({"ignored", "rejected"})


class Bounded:
    """Lets the first `limit` well-formed values through and calls the rest "other", so that no label grows for ever."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: set[str] = set()

    def __call__(self, value: str) -> str:
        if value in self._known:
            return value
        if len(self._known) >= self._limit or not _is_label(value):
            return OTHER
        self._known.add(value)
        return value


_event_type = Bounded(300)  # three gateways tell of some 250 types, of which we handle a third
_failure_code = Bounded(100)
_operation = Bounded(60)
_listener = Bounded(200)

WEBHOOKS = Counter("holdfast_webhooks_total", "Webhook deliveries and events.", ["source", "type", "outcome"])
WEBHOOK_LAG = Histogram(
    "holdfast_webhook_lag_seconds",
    "From the receipt of an event to the commit of its effects.",
    ["source"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 21600),
)
WEBHOOK_ANSWER_SECONDS = Histogram(
    "holdfast_webhook_answer_seconds",
    "How long a gateway waits for our answer.",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 10),
)
GATEWAY_CALLS = Counter(
    "holdfast_gateway_calls_total", "Calls to gateways that change something.", ["gateway", "operation", "outcome"]
)
GATEWAY_CALL_SECONDS = Histogram(
    "holdfast_gateway_call_seconds",
    "How long gateways take to answer.",
    ["gateway", "operation"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40),
)
FAILED_CHARGES = Counter("holdfast_failed_charges_total", "Payments that a gateway declined.", ["gateway", "code"])
JOBS = Counter("holdfast_outbox_jobs_total", "Turns of outbox jobs.", ["listener", "outcome"])
JOB_SECONDS = Histogram(
    "holdfast_outbox_job_seconds",
    "How long outbox jobs run.",
    ["listener"],
    buckets=(0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 240),
)
CACHE_FAILURES = Counter("holdfast_cache_failures_total", "Cache operations that Redis did not answer.")
NUDGE_FAILURES = Counter("holdfast_nudge_failures_total", "Nudges that the broker did not take.")


def observe_webhook(source: str, type: str, outcome: str, lag_s: float | None = None) -> None:
    """Counts a delivery or an event; `lag_s` is the time since its receipt, where it has been worked off."""
    source = source if source in settings.WEBHOOK_SOURCES else OTHER
    WEBHOOKS.labels(source, OTHER if outcome in _NOT_OURS else _event_type(type), outcome).inc()
    if lag_s is not None:
        WEBHOOK_LAG.labels(source).observe(max(lag_s, 0.0))


def webhook_answered(seconds: float) -> None:
    """Measures one answer at the webhook door, whatever it was."""
    WEBHOOK_ANSWER_SECONDS.observe(seconds)


def observe_gateway_call(gateway: str, operation: str, outcome: str, seconds: float) -> None:
    """Counts a call by its outcome and measures it."""
    operation = _operation(operation)
    GATEWAY_CALLS.labels(gateway, operation, outcome).inc()
    GATEWAY_CALL_SECONDS.labels(gateway, operation).observe(seconds)


def failed_charge(gateway: str, code: str) -> None:
    """Counts a declined payment by the gateway's reason."""
    FAILED_CHARGES.labels(gateway, _failure_code(code or "none")).inc()


def job_done(listener: str, outcome: str, seconds: float) -> None:
    """Counts one turn of an outbox job and measures it."""
    listener = _listener(listener)
    JOBS.labels(listener, outcome).inc()
    JOB_SECONDS.labels(listener).observe(seconds)


def cache_failure() -> None:
    """Counts a cache operation that failed open."""
    CACHE_FAILURES.inc()


def nudge_failure() -> None:
    """Counts a nudge that was lost; the sweep does its work."""
    NUDGE_FAILURES.inc()


def truth_broken(name: str, broken: bool) -> None:
    """Keeps whether a truth of the books is broken, in the database: whichever process is asked must raise the alarm.

    To be called after the check's read-only snapshot has ended.
    """
    StoredGauge.objects.update_or_create(
        name="holdfast_ledger_truth_broken", label=name, defaults={"value": float(broken), "measured_at": Now()}
    )
