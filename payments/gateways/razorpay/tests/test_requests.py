"""What we send, to the letter."""

from __future__ import annotations

from config.kernel.money import Money
from payments.gateways.contract import NewPayment
from payments.gateways.razorpay.requests import capture_body, order_body, refund_body

NEW = NewPayment(our_id="pay_ours", call_id="call_ours", order_id="ord_ours", amount=Money(50_000, "INR"))


class TestBodies:
    def test_an_order_carries_our_ids_and_is_captured_by_itself(self) -> None:
        assert order_body(NEW) == {
            "amount": 50_000,
            "currency": "INR",
            "receipt": "pay_ours",
            "payment_capture": True,
            "notes": {"payment": "pay_ours", "call": "call_ours", "order": "ord_ours"},
        }

    def test_the_same_values_give_the_same_body(self) -> None:
        assert order_body(NEW) == order_body(NEW)

    def test_a_refund_names_its_amount_and_our_ids(self) -> None:
        assert refund_body(our_id="rf_ours", key="call_ours", amount=Money(1, "INR")) == {
            "amount": 1,
            "speed": "normal",
            "receipt": "rf_ours",
            "notes": {"refund": "rf_ours", "call": "call_ours"},
        }

    def test_a_capture_names_its_currency(self) -> None:
        assert capture_body(Money(1, "INR")) == {"currency": "INR"}
