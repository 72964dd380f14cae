"""Who may pay, how captured money is split, and which events are no more than hints."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.order.states import OrderStatus
from payments.charges.rules import Application, apply_capture, may_pay, would_go_back
from payments.charges.states import PAYMENT_STATES, PaymentStatus
from payments.gateways.contract import PaymentState

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class TestMayPay:
    def test_while_it_waits_and_the_stock_is_kept(self) -> None:
        assert may_pay(status="pending_payment", reserved_until=AT + timedelta(microseconds=1), at=AT)

    @pytest.mark.parametrize("status", sorted(set(OrderStatus.values) - {"pending_payment"}))
    def test_in_no_other_state(self, status: str) -> None:
        assert may_pay(status=status, reserved_until=AT + timedelta(days=1), at=AT).code == "order_not_payable"

    @pytest.mark.parametrize("late", [timedelta(), timedelta(seconds=1)])
    def test_not_when_the_reservation_is_over(self, late: timedelta) -> None:
        assert may_pay(status="pending_payment", reserved_until=AT, at=AT + late).code == "reservation_over"


class TestApplyCapture:
    @pytest.mark.parametrize(
        ("captured", "due", "same_currency", "is_payable", "split"),
        [
            (10_000, 10_000, True, True, Application(10_000, 0)),
            (10_500, 10_000, True, True, Application(10_000, 500, "surplus")),
            (9_999, 10_000, True, True, Application(0, 9_999, "less than what is due")),
            (10_000, 10_000, False, True, Application(0, 10_000, "another currency")),
            (10_000, 10_000, True, False, Application(0, 10_000, "late or duplicate")),
            (10_000, 0, True, True, Application(0, 10_000, "late or duplicate")),
        ],
    )
    def test_an_order_takes_what_it_is_due_once(
        self, captured: int, due: int, same_currency: bool, is_payable: bool, split: Application
    ) -> None:
        found = apply_capture(
            captured_minor=captured, due_minor=due, same_currency=same_currency, is_payable=is_payable
        )
        assert found == split

    @given(
        captured=st.integers(1, 10**12), due=st.integers(0, 10**12), same_currency=st.booleans(), payable=st.booleans()
    )
    def test_no_unit_is_lost_and_none_taken_too_much(
        self, captured: int, due: int, same_currency: bool, payable: bool
    ) -> None:
        split = apply_capture(captured_minor=captured, due_minor=due, same_currency=same_currency, is_payable=payable)
        assert split.applied_minor + split.unapplied_minor == captured
        assert split.applied_minor in (0, due)
        assert split.unapplied_minor >= 0
        assert bool(split.why) == bool(split.unapplied_minor)


class TestWouldGoBack:
    @pytest.mark.parametrize(
        ("status", "is_processing", "state"),
        [
            ("failed", False, "processing"),
            ("failed", False, "authorized"),
            ("cancelled", False, "authorized"),
            ("expired", False, "authorized"),
            ("pending", True, "pending"),
        ],
    )
    def test_such_an_event_is_a_hint(self, status: str, is_processing: bool, state: str) -> None:
        assert would_go_back(status=status, is_processing=is_processing, state=state)

    @pytest.mark.parametrize(
        ("status", "is_processing", "state"),
        [
            ("created", False, "pending"),
            ("pending", False, "processing"),
            ("pending", False, "authorized"),
            ("pending", True, "failed"),
            ("pending", True, "captured"),
            ("authorized", False, "captured"),
            ("failed", False, "captured"),
            ("cancelled", False, "captured"),
        ],
    )
    def test_one_that_leads_on_is_believed(self, status: str, is_processing: bool, state: str) -> None:
        assert not would_go_back(status=status, is_processing=is_processing, state=state)

    def test_every_way_back_of_the_table_is_asked_about(self) -> None:
        """Every move out of a state that had ended, but for the money itself, which is a fact of its own."""
        ended = {PaymentStatus.FAILED, PaymentStatus.CANCELLED, PaymentStatus.EXPIRED}
        for origin, target, allowed in PAYMENT_STATES.pairs():
            if not allowed or origin not in ended or target == PaymentStatus.CAPTURED:
                continue
            state = PaymentState.PROCESSING if target == PaymentStatus.PENDING else PaymentState(target)
            assert would_go_back(status=origin, is_processing=False, state=state), (origin, target)
