"""A dispute of Stripe's in the words of the contract: its stage, its deadline, and what it did to our balance."""

from __future__ import annotations

from typing import Any

import pytest

from config.kernel.clock import from_epoch
from config.kernel.money import Money
from payments.gateways.dispute_views import DisputeMovement, DisputeState
from payments.gateways.failures import UnreadableObject
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.views import dispute_view, names_its_movements


class TestDisputeView:
    def test_says_whose_it_is_why_and_until_when(self) -> None:
        view = dispute_view(shapes.dispute())
        assert (view.dispute_id, view.charge_id, view.gateway_payment_id) == ("dp_one", "ch_one", "pi_one")
        assert (view.state, view.amount) == (DisputeState.NEEDS_RESPONSE, Money(5_000, "INR"))
        assert (view.reason, view.network_reason, view.phase) == ("fraudulent", "10.4", "chargeback")
        assert view.opened_at == from_epoch(shapes.PAID_AT + 3_600)
        assert view.evidence_due_at == from_epoch(shapes.PAID_AT + 864_000)
        assert (view.is_submitted, view.livemode) == (False, False)

    @pytest.mark.parametrize(
        ("status", "state", "phase"),
        [
            ("warning_needs_response", DisputeState.INQUIRY, "chargeback"),
            ("warning_under_review", DisputeState.INQUIRY, "chargeback"),
            ("warning_closed", DisputeState.INQUIRY_CLOSED, "chargeback"),
            ("needs_response", DisputeState.NEEDS_RESPONSE, "chargeback"),
            ("under_review", DisputeState.UNDER_REVIEW, "chargeback"),
            ("appeal_needs_response", DisputeState.NEEDS_RESPONSE, "appeal"),
            ("appeal_under_review", DisputeState.UNDER_REVIEW, "appeal"),
            ("won", DisputeState.WON, "chargeback"),
            ("lost", DisputeState.LOST, "chargeback"),
            ("prevented", DisputeState.PREVENTED, "chargeback"),
        ],
    )
    def test_every_status_is_one_of_our_states(self, status: str, state: DisputeState, phase: str) -> None:
        view = dispute_view(shapes.dispute(status=status))
        assert (view.state, view.phase) == (state, phase)

    def test_what_was_submitted_is_counted(self) -> None:
        once = {"submission_count": 1, "due_by": None}
        assert dispute_view(shapes.dispute(status="under_review", evidence_details=once)).is_submitted
        assert dispute_view(shapes.dispute(status="warning_under_review", evidence_details=once)).is_submitted

    @pytest.mark.parametrize("status", ["needs_response", "warning_needs_response", "appeal_needs_response"])
    def test_a_next_phase_waits_for_evidence_again(self, status: str) -> None:
        once = {"submission_count": 1, "due_by": None}
        assert not dispute_view(shapes.dispute(status=status, evidence_details=once)).is_submitted

    def test_without_a_deadline_there_is_none(self) -> None:
        assert dispute_view(shapes.dispute(evidence_details={"due_by": None})).evidence_due_at is None
        assert dispute_view(shapes.dispute(evidence_details=None)).evidence_due_at is None

    def test_an_expanded_charge_is_read_by_its_id(self) -> None:
        view = dispute_view(shapes.dispute(charge=shapes.charge(), payment_intent=shapes.intent()))
        assert (view.charge_id, view.gateway_payment_id) == ("ch_one", "pi_one")

    def test_a_bare_charge_of_old_has_no_payment_intent(self) -> None:
        assert dispute_view(shapes.dispute(payment_intent=None)).gateway_payment_id == ""

    @pytest.mark.parametrize(
        "over",
        [{"status": "new"}, {"status": None}, {"amount": None}, {"object": "charge"}, {"livemode": None}, {"id": ""}],
    )
    def test_what_cannot_be_read_is_said_so(self, over: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            dispute_view(shapes.dispute(**over))

    @pytest.mark.parametrize("value", [None, [], {}, "x", -1, 2**80, 1.5, True])
    def test_any_field_may_hold_anything(self, value: object) -> None:
        for key in shapes.dispute():
            try:
                dispute_view(shapes.dispute(**{key: value}))
            except UnreadableObject:
                continue


class TestMovements:
    def test_what_was_taken_is_below_zero_and_its_fee_apart(self) -> None:
        [movement] = dispute_view(shapes.dispute()).movements
        assert movement == DisputeMovement(
            transaction_id="txn_taken", amount=Money(-5_000, "INR"), fee_minor=1_500, at=from_epoch(shapes.PAID_AT + 5)
        )

    def test_what_was_given_back_is_above_zero_perhaps_with_its_fee(self) -> None:
        back = shapes.dispute_movement(id="txn_back", amount=5_000, fee=-1_500, net=6_500)
        taken, given = dispute_view(shapes.dispute(balance_transactions=[shapes.dispute_movement(), back])).movements
        assert (taken.transaction_id, given.transaction_id) == ("txn_taken", "txn_back")
        assert (given.amount, given.fee_minor) == (Money(5_000, "INR"), -1_500)

    def test_an_inquiry_moves_nothing(self) -> None:
        assert dispute_view(shapes.dispute(balance_transactions=[])).movements == ()

    def test_a_balance_in_another_currency_is_told_in_both(self) -> None:
        exchanged = shapes.dispute_movement(amount=-60, fee=1_500, net=-1_560, currency="usd", exchange_rate=0.012)
        [movement] = dispute_view(shapes.dispute(balance_transactions=[exchanged])).movements
        assert movement.amount == Money(-5_000, "INR")
        assert (movement.settled, movement.fee_minor) == (Money(-60, "USD"), 1_500)

    @pytest.mark.parametrize(
        ("settled", "rate", "amount"),
        [
            (-59, 0.0118, -5_000),  # 59 / 0.0118 is 5,000 to the unit
            (-60, 0.0119976, -5_000),  # 5,001: near enough, because the rate is rounded
            (-30, 0.012, -2_500),  # a part is a part
            (60, 0.012, 5_000),
            (-6, 1.2, -5),
        ],
    )
    def test_the_whole_is_told_from_a_part_by_nearness(self, settled: int, rate: float, amount: int) -> None:
        exchanged = shapes.dispute_movement(amount=settled, fee=0, net=settled, currency="usd", exchange_rate=rate)
        [movement] = dispute_view(shapes.dispute(balance_transactions=[exchanged])).movements
        assert movement.amount == Money(amount, "INR")

    def test_decimals_of_both_currencies_count(self) -> None:
        """1,000 yen at 0.0065 are 6.50 dollars."""
        exchanged = shapes.dispute_movement(amount=-650, fee=0, net=-650, currency="usd", exchange_rate=0.0065)
        view = dispute_view(shapes.dispute(amount=1_000, currency="jpy", balance_transactions=[exchanged]))
        assert view.movements[0].amount == Money(-1_000, "JPY")

    @pytest.mark.parametrize("rate", [None, 0, "x", "nan", "inf", -1])
    def test_an_exchange_without_a_rate_is_not_guessed(self, rate: object) -> None:
        exchanged = shapes.dispute_movement(currency="usd", exchange_rate=rate)
        with pytest.raises(UnreadableObject):
            dispute_view(shapes.dispute(balance_transactions=[exchanged]))

    def test_objects_of_before_2017_do_not_name_them(self) -> None:
        assert names_its_movements(shapes.dispute())
        assert names_its_movements(shapes.dispute(balance_transactions=[]))
        assert not names_its_movements({"object": "dispute", "balance_transaction": "txn_one"})
