"""Recurring charges: accepted at once, decided by the bank, refused where the mandate does not cover them."""

from __future__ import annotations

from typing import Any

import pytest

from payments.sandbox.razorpay.tests.bench import Bench
from payments.sandbox.razorpay.tests.test_shapes import departures
from payments.sandbox.razorpay.tests.test_tokens import registered

PATH = "payments/create/recurring"


def charge(bench: Bench, method: str = "4100280000001007", *, amount: int = 50_000, over: Any = None) -> dict[str, Any]:
    """The answer, with the order and the attempt (None where there is none) as they stand."""
    saved, token = registered(bench, method)
    order = bench.order(amount=amount)
    asked = {
        "email": "a@example.com", "contact": "+919000090000", "amount": amount, "currency": "INR",
        "order_id": order["id"], "customer_id": saved["customer_id"], "token": token["id"], "recurring": True,
    } | (over or {})  # fmt: skip
    answer = bench.post(PATH, **asked)
    attempts = bench.get(f"orders/{order['id']}/payments")["items"]
    return {"answer": answer, "order": order["id"], "token": token, "attempt": attempts[0] if attempts else None,
            "asked": asked}  # fmt: skip


class TestAccepted:
    def test_the_answer_is_the_payments_id_and_the_bank_decides(self, bench: Bench) -> None:
        made = charge(bench)
        assert made["answer"] == {"razorpay_payment_id": made["attempt"]["id"]}
        assert (made["attempt"]["status"], made["attempt"]["token_id"]) == ("captured", made["token"]["id"])
        assert (made["attempt"]["email"], made["attempt"]["contact"]) == ("a@example.com", "+919000090000")
        assert bench.names()[-3:] == ["payment.authorized", "payment.captured", "order.paid"]
        assert departures(made["attempt"], "payment") == set()

    def test_of_upi_order_and_signature_come_with_it(self, bench: Bench) -> None:
        answer = charge(bench, "success@razorpay")["answer"]
        assert set(answer) == {"razorpay_payment_id", "razorpay_order_id", "razorpay_signature"}

    def test_a_day_and_a_half_later(self, bench: Bench) -> None:
        bench.control("rules", debits_after_s=130_000)
        made = charge(bench)
        assert made["attempt"]["status"] == "created"
        bench.shift(129_000)
        assert bench.get(f"payments/{made['attempt']['id']}")["status"] == "created"
        bench.shift(2_000)
        assert bench.get(f"payments/{made['attempt']['id']}")["status"] == "captured"

    def test_by_order_only(self, bench: Bench) -> None:
        bench.control("rules", debits_after_s=None)
        made = charge(bench)
        bench.shift(500_000)
        assert bench.get(f"payments/{made['attempt']['id']}")["status"] == "created"
        bench.control(f"orders/{made['order']}/authorize")
        assert bench.get(f"orders/{made['order']}")["status"] == "paid"

    def test_called_off_meanwhile_it_is_not_debited(self, bench: Bench) -> None:
        bench.control("rules", debits_after_s=100)
        made = charge(bench)
        bench.control(f"tokens/{made['token']['id']}/cancel")
        bench.shift(101)
        payment = bench.get(f"payments/{made['attempt']['id']}")
        assert (payment["status"], payment["error_reason"]) == ("failed", "mandate_not_active")

    @pytest.mark.parametrize(
        ("method", "reason"),
        [
            ("card_saved_empty", "insufficient_funds"),
            ("card_saved_asks", "authentication_failed"),
            ("card_saved_revoked", "mandate_cancelled"),
        ],
    )
    def test_declined_it_may_be_charged_again_for_the_same_order(self, bench: Bench, method: str, reason: str) -> None:
        made = charge(bench, method)
        assert (made["attempt"]["status"], made["attempt"]["error_reason"]) == ("failed", reason)
        assert "razorpay_payment_id" in bench.post(PATH, **made["asked"])
        assert bench.get(f"orders/{made['order']}")["attempts"] == 2


class TestRefused:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"contact": None}, "contact"),
            ({"email": None}, "email"),
            ({"amount": 49_999}, "different from your order"),
            ({"recurring": False}, "recurring"),
            ({"token": "token_None"}, "does not exist"),
            ({"customer_id": "cust_None"}, "does not exist"),
            ({"order_id": "order_None"}, "does not exist"),
            ({"colour": "red"}, "is/are not required"),
        ],
    )
    def test_what_makes_no_sense_moves_nothing(self, bench: Bench, changes: dict[str, Any], said: str) -> None:
        made = charge(bench, over=changes)
        assert said in made["answer"]["error"]["description"]
        assert made["attempt"] is None

    def test_above_the_mandate(self, bench: Bench) -> None:
        made = charge(bench, amount=1_500_001)
        assert made["answer"]["error"]["description"] == "Amount exceeds maximum amount allowed"
        assert made["attempt"] is None

    @pytest.mark.parametrize("verb", ["pause", "cancel", "delete"])
    def test_of_a_mandate_that_does_not_stand(self, bench: Bench, verb: str) -> None:
        made = charge(bench)
        bench.control(f"tokens/{made['token']['id']}/{verb}")
        order = bench.order()
        assert "error" in bench.post(PATH, **(made["asked"] | {"order_id": order["id"]}))
        assert bench.get(f"orders/{order['id']}")["attempts"] == 0

    def test_of_an_order_that_is_paid(self, bench: Bench) -> None:
        made = charge(bench)
        assert "already done" in bench.post(PATH, **made["asked"])["error"]["description"]
