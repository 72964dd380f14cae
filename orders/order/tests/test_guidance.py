"""What happens next with an order is said in every state that it can be in."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from orders.fulfilment.states import FulfilmentStatus
from orders.order.guidance import next_step
from orders.order.states import OrderStatus, PaymentStatus


def step(status: str, **changes: Any) -> str:
    given: dict[str, Any] = {
        "payment_status": "paid", "reservation_over": False, "reserved_until": "15:04", "parts": ("awaiting",)
    }  # fmt: skip
    return next_step(status=status, **{**given, **changes})


class TestNextStep:
    @pytest.mark.parametrize(
        ("status", "changes", "said"),
        [
            ("pending_payment", {"payment_status": "unpaid"}, "The buyer must pay by 15:04"),
            ("pending_payment", {"payment_status": "unpaid", "reservation_over": True}, "Its reservation is over"),
            ("pending_payment", {"payment_status": "processing"}, "its result comes by webhook"),
            ("paid", {}, "The sellers must deliver in time"),
            ("paid", {"parts": ("awaiting", "review")}, "A person must find out"),
            ("paid", {"payment_status": "disputed"}, "The buyer disputes it"),
            ("delivered", {"parts": ("delivered",)}, "All of it arrived"),
            ("completed", {"parts": ("completed",)}, "ready for the sellers' payouts"),
            ("refunded", {"payment_status": "refunded"}, "All of its money went back"),
            ("cancelled", {"payment_status": "unpaid"}, "holds no money"),
            ("expired", {"payment_status": "unpaid"}, "holds no money"),
            ("cancelled", {"payment_status": "paid"}, "on its way back to the buyer"),
        ],
    )
    def test_says_what_is_expected_of_whom(self, status: str, changes: dict[str, Any], said: str) -> None:
        assert said in step(status, **changes)

    @pytest.mark.parametrize(("status", "payment_status"), list(product(OrderStatus.values, PaymentStatus.values)))
    def test_is_one_or_two_sentences_in_every_state(self, status: str, payment_status: str) -> None:
        for part in FulfilmentStatus.values:
            said = step(status, payment_status=payment_status, parts=(part,))
            assert said == "" or (said.endswith(".") and len(said) < 130)

    def test_is_never_silent_about_a_paid_order_that_waits(self) -> None:
        for part in ("awaiting", "review"):
            assert step("paid", parts=(part,))
