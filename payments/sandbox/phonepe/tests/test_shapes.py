"""The fake must not agree only with us: everything it says has the shape of what PhonePe says."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from payments.sandbox.phonepe.tests.shape_check import FILE, KINDS, derive, violations
from payments.sandbox.phonepe.tests.teller import Teller

SAMPLES = Path(__file__).resolve().parents[5] / "shared" / "samples" / "phonepe"


@pytest.fixture
def lived(teller: Teller) -> Teller:
    """An order of each fate, and a refund of each."""
    for order_id in ("paid", "declined", "waiting", "carded", "open"):
        assert violations(teller.pay(order_id).body, "pay") == []
    teller.pay("ended", disablePaymentRetry=True)
    teller.order("orders/paid/pay")
    teller.order("orders/declined/decline")
    teller.order("orders/ended/decline")
    teller.order("orders/waiting/wait")
    teller.order("orders/carded/begin")
    teller.order("orders/carded/authenticate")
    for refund_id in ("through", "failed"):
        assert violations(teller.refund(refund_id, "paid", 20_000).body, "refund") == []
    teller.order("refunds/failed/fail")
    return teller


class TestShapes:
    def test_tokens(self, teller: Teller) -> None:
        assert violations(teller.login().body, "token") == []

    @pytest.mark.parametrize("order_id", ["paid", "declined", "ended", "waiting", "carded", "open"])
    def test_orders(self, lived: Teller, order_id: str) -> None:
        assert violations(lived.status(order_id), "status") == []
        assert violations(lived.status(order_id, errorContext="true"), "status") == []

    def test_errors(self, lived: Teller) -> None:
        for answer in (lived.pay("paid"), lived.pay(amount=1), lived.refund("through"), lived.ask("GET", "/nowhere")):
            assert violations(answer.body, "error") == []
        assert violations(lived.status("nobody"), "error") == []
        assert violations(lived.refund_status("nobody"), "error") == []

    def test_events(self, lived: Teller) -> None:
        told = lived.events()
        kinds = {event["event"] for event in told}
        assert kinds == {
            "checkout.order.completed", "checkout.order.failed", "checkout.transaction.attempt.failed",
            "pg.refund.accepted", "pg.refund.completed", "pg.refund.failed",
        }  # fmt: skip
        for event in told:
            kind = "refund event" if "refund" in event["event"] else "order event"
            departures = violations(event, kind)
            # A failed refund's reason stands in the documentation's table of fields, and in none of its samples.
            assert [each for each in departures if "rrorCode is not a key" not in each] == [], event


class TestCheck:
    def test_notices_what_is_wrong(self, lived: Teller) -> None:
        good = lived.status("paid")
        for path, value in (("orderId", None), ("amount", "50000"), ("state", 1), ("paymentDetails", {})):
            bad = copy.deepcopy(good) | {path: value}
            assert violations(bad, "status") != [], path
        missing = {name: value for name, value in good.items() if name != "state"}
        assert violations(missing, "status") == ["status.state is missing"]
        assert violations(good | {"invented": 1}, "status") == ["status.invented is not a key that PhonePe has"]

    @pytest.mark.parametrize("there", [SAMPLES.is_dir()])
    def test_the_shapes_are_those_of_the_samples(self, there: bool) -> None:
        """Where the samples lie beside the checkout, the committed shapes are derived from them anew."""
        committed = json.loads(FILE.read_text())
        assert set(committed) == set(KINDS)
        if there:
            assert committed == derive(SAMPLES)
