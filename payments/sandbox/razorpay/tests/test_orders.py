"""Orders: what they take, what they refuse, how they are found."""

from __future__ import annotations

from typing import Any

import pytest

from payments.sandbox.razorpay.tests.bench import Bench


class TestCreate:
    def test_is_as_documented(self, bench: Bench) -> None:
        order = bench.order(notes={"a": "b"})
        assert order["id"].startswith("order_")
        assert len(order["id"]) == len("order_") + 14
        assert (order["status"], order["amount_due"], order["attempts"], order["notes"]) == (
            "created",
            50_000,
            0,
            {"a": "b"},
        )
        assert bench.get(f"orders/{order['id']}") == order

    def test_without_notes_they_are_a_list(self, bench: Bench) -> None:
        assert bench.order()["notes"] == []

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"amount": 99}, "amount"),
            ({"amount": "100x"}, "amount"),
            ({"amount": 1.5}, "amount"),
            ({"currency": "inr"}, "currency"),
            ({"currency": "KWD", "amount": 1_235}, "amount"),
            ({"receipt": "r" * 41}, "receipt"),
            ({"notes": {str(number): "x" for number in range(16)}}, "notes"),
            ({"notes": {"a": "x" * 257}}, "notes"),
            ({"payment": {"capture": "never"}}, "capture"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, bench: Bench, fields: dict[str, Any], field: str) -> None:
        error = bench.order(**fields)["error"]
        assert (error["code"], error["field"]) == ("BAD_REQUEST_ERROR", field)

    def test_what_it_does_not_know_is_refused(self, bench: Bench) -> None:
        assert "is/are not required" in bench.order(colour="red")["error"]["description"]

    def test_a_unique_receipt_is_one_order(self, bench: Bench) -> None:
        one, two = (bench.order(unique_receipt=True) for _ in range(2))
        assert one["id"] == two["id"]
        bench.control("rules", takes_unique_receipt=False)
        assert bench.order(unique_receipt=True)["id"] != one["id"]


class TestList:
    def test_by_receipt_newest_first_a_page_at_a_time(self, bench: Bench) -> None:
        made = [bench.order(receipt=f"r{number % 2}")["id"] for number in range(6)]
        found = bench.get("orders", receipt="r1", count=2, skip=1)
        assert [each["id"] for each in found["items"]] == [made[3], made[1]]
        assert found["count"] == 2

    def test_no_more_than_a_hundred(self, bench: Bench) -> None:
        assert bench.get("orders", count=101)["error"]["field"] == "count"

    def test_attempts_newest_first(self, bench: Bench) -> None:
        order = bench.order()
        for method in ("4100280000080001", "4100280000001007"):
            bench.control(f"orders/{order['id']}/pay", method=method)
        assert [each["status"] for each in bench.get(f"orders/{order['id']}/payments")["items"]] == [
            "captured",
            "failed",
        ]
