"""Counters count, and no label grows with what the outside sends."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY

from config.ops import metrics
from config.ops.metrics import Bounded
from config.ops.models import StoredGauge


def _value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


class Grows:
    """How much a sample grew since it was named."""

    def __init__(self, name: str, **labels: str) -> None:
        self._name, self._labels = name, labels
        self._before = _value(name, **labels)

    def by(self) -> float:
        return _value(self._name, **self._labels) - self._before


class TestObserveWebhook:
    def test_counts_and_measures_an_event_that_was_worked_off(self) -> None:
        labels = {"source": "stripe", "type": "charge.updated", "outcome": "processed"}
        counted = Grows("holdfast_webhooks_total", **labels)
        lag = Grows("holdfast_webhook_lag_seconds_sum", source="stripe")
        metrics.observe_webhook("stripe", "charge.updated", "processed", 1.5)
        assert counted.by() == 1
        assert lag.by() == pytest.approx(1.5)

    def test_a_delivery_has_no_lag_yet(self) -> None:
        measured = Grows("holdfast_webhook_lag_seconds_count", source="stripe")
        metrics.observe_webhook("stripe", "charge.updated", "received", None)
        assert measured.by() == 0

    def test_a_clock_that_went_back_makes_no_negative_lag(self) -> None:
        lag = Grows("holdfast_webhook_lag_seconds_sum", source="stripe")
        metrics.observe_webhook("stripe", "charge.updated", "processed", -3.0)
        assert lag.by() == 0

    @pytest.mark.parametrize("outcome", ["ignored", "rejected"])
    def test_types_that_we_do_not_handle_are_one(self, outcome: str) -> None:
        counted = Grows("holdfast_webhooks_total", source="stripe", type="other", outcome=outcome)
        metrics.observe_webhook("stripe", "issuing.card.created", outcome)
        assert counted.by() == 1

    def test_a_source_that_we_do_not_have_is_other(self) -> None:
        counted = Grows("holdfast_webhooks_total", source="other", type="other", outcome="rejected")
        metrics.observe_webhook("../../etc/passwd", "unverified", "rejected")
        assert counted.by() == 1


class TestWebhookAnswered:
    def test_measures(self) -> None:
        took = Grows("holdfast_webhook_answer_seconds_sum")
        metrics.webhook_answered(0.25)
        assert took.by() == 0.25


class TestObserveGatewayCall:
    def test_counts_by_outcome_and_measures(self) -> None:
        counted = Grows("holdfast_gateway_calls_total", gateway="stripe", operation="refund.create", outcome="unknown")
        took = Grows("holdfast_gateway_call_seconds_sum", gateway="stripe", operation="refund.create")
        metrics.observe_gateway_call("stripe", "refund.create", "unknown", 20.0)
        assert (counted.by(), took.by()) == (1, 20.0)


class TestFailedCharge:
    def test_counts_by_the_gateways_reason(self) -> None:
        counted = Grows("holdfast_failed_charges_total", gateway="stripe", code="insufficient_funds")
        metrics.failed_charge("stripe", "insufficient_funds")
        assert counted.by() == 1

    def test_without_a_reason(self) -> None:
        counted = Grows("holdfast_failed_charges_total", gateway="stripe", code="none")
        metrics.failed_charge("stripe", "")
        assert counted.by() == 1

    def test_a_sentence_is_no_reason_code(self) -> None:
        counted = Grows("holdfast_failed_charges_total", gateway="stripe", code="other")
        metrics.failed_charge("stripe", "Your card 4242 4242 4242 4242 was declined.")
        assert counted.by() == 1


class TestJobDone:
    def test_counts_and_measures(self) -> None:
        listener = "payments.refunds.sending.send_approved"
        counted = Grows("holdfast_outbox_jobs_total", listener=listener, outcome="done")
        took = Grows("holdfast_outbox_job_seconds_sum", listener=listener)
        metrics.job_done(listener, "done", 0.5)
        assert (counted.by(), took.by()) == (1, 0.5)


class TestFailures:
    def test_of_cache_and_nudge_are_counted(self) -> None:
        cache, nudge = Grows("holdfast_cache_failures_total"), Grows("holdfast_nudge_failures_total")
        metrics.cache_failure()
        metrics.nudge_failure()
        metrics.nudge_failure()
        assert (cache.by(), nudge.by()) == (1, 2)


class TestBounded:
    def test_lets_the_first_ones_through(self) -> None:
        bounded = Bounded(2)
        assert [bounded(value) for value in ("a", "b", "c", "a", "d", "b")] == ["a", "b", "other", "a", "other", "b"]

    @pytest.mark.parametrize("value", ["", "a b", "é", "a" * 81, "a\nb", 'a"b', "{}"])
    def test_what_is_no_label_takes_no_place(self, value: str) -> None:
        bounded = Bounded(1)
        assert bounded(value) == "other"
        assert bounded("a") == "a"


@pytest.mark.django_db
class TestTruthBroken:
    def test_keeps_the_last_answer_of_each_truth(self) -> None:
        metrics.truth_broken("entries_balance", True)
        metrics.truth_broken("payments_are_their_captures", False)
        metrics.truth_broken("entries_balance", False)
        kept = StoredGauge.objects.order_by("label").values_list("name", "label", "value")
        assert list(kept) == [
            ("holdfast_ledger_truth_broken", "entries_balance", 0.0),
            ("holdfast_ledger_truth_broken", "payments_are_their_captures", 0.0),
        ]

    def test_says_when_it_was_asked(self) -> None:
        metrics.truth_broken("entries_balance", True)
        first = StoredGauge.objects.get()
        StoredGauge.objects.update(measured_at="2026-01-01T00:00:00Z")
        metrics.truth_broken("entries_balance", True)
        assert StoredGauge.objects.get().measured_at >= first.measured_at
