"""Tokens: registered by an authorised payment, confirmed at once or by the bank later, paused, called off, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from payments.sandbox.razorpay.tests.bench import Bench
from payments.sandbox.razorpay.tests.test_shapes import departures


def registering(bench: Bench, **fields: Any) -> dict[str, Any]:
    """An order that registers a token for a new customer."""
    customer = bench.post("customers", name=f"Name {len(bench.get('customers', count=100)['items'])}")
    given = {"payment_capture": False, "token": {"max_amount": 1_500_000, "frequency": "as_presented"}} | fields
    return bench.order(amount=100, customer_id=customer["id"], **given)


def tokens(bench: Bench, order: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = bench.get(f"customers/{order['customer_id']}/tokens")["items"]
    return found


def registered(bench: Bench, method: str = "4100280000001007") -> tuple[dict[str, Any], dict[str, Any]]:
    """The order, and the token that it registered."""
    order = registering(bench)
    bench.control(f"orders/{order['id']}/pay", method=method)
    (token,) = tokens(bench, order)
    return order, token


class TestRegister:
    def test_a_card_is_confirmed_with_its_payment(self, bench: Bench) -> None:
        order, token = registered(bench)
        assert (token["method"], token["recurring"], token["recurring_details"]["status"]) == (
            "card",
            True,
            "confirmed",
        )
        assert (token["max_amount"], token["card"]["last4"]) == (1_500_000, "1007")
        (payment,) = bench.get(f"orders/{order['id']}/payments")["items"]
        assert (payment["token_id"], payment["customer_id"]) == (token["id"], order["customer_id"])
        assert (payment["status"], payment["captured"]) == ("authorized", False)
        assert bench.names() == ["payment.authorized", "token.confirmed"]
        assert bench.events()[0]["payload"]["payment"]["entity"]["token_id"] == token["id"]

    def test_an_order_without_one_registers_nothing(self, bench: Bench) -> None:
        payment = bench.paid()
        assert "token_id" not in payment
        assert not [name for name in bench.names() if name.startswith("token.")]

    def test_a_declined_card_has_none(self, bench: Bench) -> None:
        order = registering(bench)
        bench.control(f"orders/{order['id']}/pay", method="4100280000080001")
        assert (tokens(bench, order), bench.names()) == ([], ["payment.failed"])

    def test_a_bank_takes_its_time_over_an_electronic_mandate(self, bench: Bench) -> None:
        order = registering(bench)
        bench.control(f"orders/{order['id']}/pay", method="netbanking")
        bench.control(f"orders/{order['id']}/authorize")
        (token,) = tokens(bench, order)
        assert (token["method"], token["recurring_details"]["status"]) == ("emandate", "initiated")
        bench.control(f"tokens/{token['id']}/confirm")
        assert tokens(bench, order)[0]["recurring_details"]["status"] == "confirmed"

    def test_of_a_payment_that_came_to_nothing_is_rejected(self, bench: Bench) -> None:
        order = registering(bench)
        bench.control(f"orders/{order['id']}/pay", method="upi_collect")
        bench.control(f"orders/{order['id']}/fail")
        (token,) = tokens(bench, order)
        assert token["recurring_details"] == {"status": "rejected", "failure_reason": "Rejected by bank"}

    @pytest.mark.parametrize("method", ["4100280000001007", "card_abroad", "netbanking", "upi_collect"])
    def test_has_the_documented_shape(self, bench: Bench, method: str) -> None:
        _, token = registered(bench, method)
        assert departures(token, "token") == set()
        shown = {name: value for name, value in token.get("card", {}).items() if name != "flows"}
        assert not shown or departures(shown | {"id": "card_x"}, "card") == set()


class TestLife:
    @pytest.mark.parametrize(
        ("verb", "status"),
        [("pause", "paused"), ("resume", "resumed"), ("cancel", "cancelled"), ("reject", "rejected")],
    )
    def test_each_step_is_told(self, bench: Bench, verb: str, status: str) -> None:
        order, token = registered(bench)
        bench.control(f"tokens/{token['id']}/{verb}")
        assert tokens(bench, order)[0]["recurring_details"]["status"] == status
        assert bench.names()[-1] == f"token.{status}"

    def test_deleted_it_is_not_there(self, bench: Bench) -> None:
        order, token = registered(bench)
        path = f"customers/{order['customer_id']}/tokens/{token['id']}"
        assert bench.get(path) == token
        assert bench.ask("DELETE", path).body == '{"deleted": true}'
        assert "does not exist" in bench.get(path)["error"]["description"]
        assert "does not exist" in bench.ask("DELETE", path).body

    def test_is_its_customers_alone(self, bench: Bench) -> None:
        _, token = registered(bench)
        other = bench.post("customers", name="Another")
        assert "does not exist" in bench.get(f"customers/{other['id']}/tokens/{token['id']}")["error"]["description"]
        assert tokens(bench, {"customer_id": other["id"]}) == []
