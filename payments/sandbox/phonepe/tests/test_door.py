"""The door: who may enter, what is refused, and what faults do."""

from __future__ import annotations

import pytest

from payments.sandbox import faults, journal
from payments.sandbox.faults import Fault
from payments.sandbox.json_doors import ApiRequest
from payments.sandbox.phonepe.door import BASE, DOOR
from payments.sandbox.phonepe.tests.teller import Teller


def order_fault(teller: Teller, **rule: object) -> None:
    with teller.engine.store.write() as transaction:
        faults.add(transaction, fault=Fault(**rule))  # type: ignore[arg-type]


class TestAnswer:
    @pytest.mark.parametrize("header", ["", "O-Bearer ", "O-Bearer nobody", "Bearer {token}", "{token}"])
    def test_lets_nobody_in_without_a_token_of_its_own(self, teller: Teller, header: str) -> None:
        given = teller.ask(
            "GET", "/checkout/v2/order/MO1/status", authorization=header.format(token=teller.token) or "-"
        )
        assert (given.status, given.body["code"]) == (401, "AUTHORIZATION_FAILED")

    @pytest.mark.parametrize("path", ["/checkout/v2/pay/", "/checkout/v3/pay", "/checkout/v2/order/MO 1/status"])
    def test_has_no_other_paths(self, teller: Teller, path: str) -> None:
        assert teller.ask("GET", path).status == 404

    @pytest.mark.parametrize("raw", ["", "amount=100", "[]", "{"])
    def test_takes_json_objects_alone(self, teller: Teller, raw: str) -> None:
        request = ApiRequest("POST", f"{BASE}/checkout/v2/pay", raw, authorization=f"O-Bearer {teller.token}")
        given = DOOR.answer(engine=teller.engine, request=request)
        assert (given.status, given.body["code"]) == (400, "BAD_REQUEST")

    def test_writes_requests_down_without_the_secret(self, teller: Teller) -> None:
        teller.pay("MO1")
        with teller.engine.store.read() as transaction:
            count, seen = journal.seen(transaction, gateway="phonepe", method="", path="", key="", limit=10)
        assert count == 2
        assert (seen[0]["idempotency_key"], seen[0]["status"]) == ("MO1", 200)
        assert "client_secret" not in seen[1]["params"]

    def test_a_bug_is_an_error_of_the_gateway(self, teller: Teller, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("payments.sandbox.phonepe.orders.secrets", None)
        assert teller.pay().status == 500


class TestFaults:
    def test_an_error_before_executes_nothing(self, teller: Teller) -> None:
        order_fault(teller, kind="error", status=500)
        given = teller.pay("MO1")
        assert (given.status, given.body["code"]) == (500, "INTERNAL_SERVER_ERROR")
        assert teller.status("MO1")["code"] == "INVALID_MERCHANT_ORDER_ID"

    def test_an_error_after_hides_what_was_done(self, teller: Teller) -> None:
        order_fault(teller, kind="error", status=503, stage="after", error={"code": "DOWN"})
        given = teller.pay("MO1")
        assert (given.status, given.body["code"]) == (503, "DOWN")
        assert teller.status("MO1")["state"] == "PENDING"

    def test_a_lost_answer_was_executed_and_a_refusal_was_not(self, teller: Teller) -> None:
        order_fault(teller, kind="lost_answer")
        assert teller.pay("MO1").dropped
        assert teller.status("MO1")["state"] == "PENDING"
        order_fault(teller, kind="refuse")
        assert teller.pay("MO2").dropped
        assert teller.status("MO2")["code"] == "INVALID_MERCHANT_ORDER_ID"

    def test_a_delay_only_takes_time(self, teller: Teller) -> None:
        order_fault(teller, kind="delay", delay_s=0.01, stage="after")
        assert teller.pay("MO1").status == 200

    def test_strikes_what_it_names(self, teller: Teller) -> None:
        order_fault(teller, kind="error", status=429, path="*/refund", gateway="phonepe")
        order_fault(teller, kind="error", gateway="stripe")
        assert teller.pay("MO1").status == 200
        teller.order("orders/MO1/pay")
        given = teller.refund()
        assert (given.status, given.body["code"]) == (429, "TOO_MANY_REQUESTS")
