"""Who may pay and where, how captured money is split, and which events are no more than hints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel.money import Money
from config.settings.gateways import GatewayRule
from orders.order.states import OrderStatus
from payments.charges.rules import Application, Candidate, Choice, apply_capture, choose_gateway, may_pay, would_go_back
from payments.charges.states import PAYMENT_STATES, PaymentStatus
from payments.gateways.payment_views import PaymentState

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


INR = Money(50_000, "INR")
RAZORPAY_UPI = GatewayRule(gateways=("razorpay", "phonepe"), currencies=("INR",), methods=("upi",))
LARGE = GatewayRule(gateways=("stripe",), at_least_minor=100_000)
SMALL = GatewayRule(gateways=("phonepe",), at_most_minor=1_000)
OF_ANN = GatewayRule(gateways=("phonepe", "razorpay"), sellers=("usr_ann",))
WELL = (Candidate("stripe", is_well=True), Candidate("razorpay", is_well=True), Candidate("phonepe", is_well=True))


def chosen(
    *rules: GatewayRule,
    candidates: Sequence[Candidate] = WELL,
    amount: Money = INR,
    method: str = "",
    sellers: Iterable[str] = ("usr_bob",),
) -> Choice | None:
    return choose_gateway(
        rules=rules,
        candidates=candidates,
        amount=amount,
        method=method,
        sellers=frozenset(sellers),
        floor_bps=5_000,
    )


def doing(**success_bps: int) -> list[Candidate]:
    return [Candidate(name, is_well=True, success_bps=bps) for name, bps in success_bps.items()]


class TestChooseGateway:
    def test_without_a_rule_that_fits_the_first_account_takes_it(self) -> None:
        assert chosen() == Choice("stripe", "no rule fits")
        assert chosen(RAZORPAY_UPI) == Choice("stripe", "no rule fits")

    def test_the_first_rule_that_fits_decides(self) -> None:
        assert chosen(LARGE, RAZORPAY_UPI, SMALL, method="upi") == Choice("razorpay", "rule 2")

    @pytest.mark.parametrize(
        ("rule", "amount_minor", "account"),
        [(LARGE, 99_999, "stripe"), (SMALL, 1_000, "phonepe"), (SMALL, 1_001, "stripe")],
    )
    def test_amounts_are_bounds_that_belong_to_it(self, rule: GatewayRule, amount_minor: int, account: str) -> None:
        found = chosen(rule, amount=Money(amount_minor, "INR"))
        assert found is not None
        assert found.account == account

    def test_a_rule_of_sellers_wants_all_of_them(self) -> None:
        assert chosen(OF_ANN, sellers=["usr_ann"]) == Choice("phonepe", "rule 1")
        assert chosen(OF_ANN, sellers=["usr_ann", "usr_bob"]) == Choice("stripe", "no rule fits")

    def test_who_is_not_well_or_cannot_take_it_is_passed_over(self) -> None:
        ill = [Candidate("razorpay", is_well=False), Candidate("phonepe", is_well=True)]
        assert chosen(RAZORPAY_UPI, method="upi", candidates=ill) == Choice("phonepe", "rule 1")
        assert chosen(RAZORPAY_UPI, method="upi", candidates=ill[:1]) is None
        assert chosen(RAZORPAY_UPI, method="upi", candidates=[Candidate("stripe", is_well=True)]) is None

    def test_who_succeeds_too_seldom_comes_last(self) -> None:
        found = chosen(RAZORPAY_UPI, method="upi", candidates=doing(razorpay=4_999, phonepe=5_000))
        assert found == Choice("phonepe", "rule 1, razorpay succeeds too seldom")

    def test_of_those_who_all_do_the_best_is_taken(self) -> None:
        found = chosen(RAZORPAY_UPI, method="upi", candidates=doing(razorpay=1_000, phonepe=2_000))
        assert found == Choice("phonepe", "rule 1, razorpay succeeds too seldom")
        found = chosen(RAZORPAY_UPI, method="upi", candidates=doing(razorpay=2_000, phonepe=1_000))
        assert found == Choice("razorpay", "rule 1")
