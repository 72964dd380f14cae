"""Refunds of both shapes, in the words of the contract."""

from __future__ import annotations

from typing import Any

import pytest

from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure, UnreadableObject
from payments.gateways.refund_views import RefundState
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.views import (
    refund_view,
    refunds_from_charge,
)


class TestRefundView:
    @pytest.mark.parametrize(
        ("status", "state"),
        [
            ("pending", RefundState.PENDING),
            ("requires_action", RefundState.PENDING),
            ("succeeded", RefundState.SUCCEEDED),
            ("failed", RefundState.FAILED),
            ("canceled", RefundState.CANCELLED),
        ],
    )
    def test_every_status_has_its_state(self, status: str, state: RefundState) -> None:
        assert refund_view(shapes.refund(status=status)).state is state

    def test_carries_our_marks_and_the_banks_reference(self) -> None:
        view = refund_view(shapes.refund())
        assert (view.refund_id, view.our_id, view.call_id) == ("re_one", "rf_one", "call_two")
        assert (view.charge_id, view.gateway_payment_id) == ("ch_one", "pi_one")
        assert view.amount == Money(2_000, "INR")
        assert view.balance_transaction_id == "txn_two"
        assert view.reference == "74110006264000000000017"
        assert view.failure is None

    def test_a_bounce_says_why_and_where_the_money_came_back(self) -> None:
        view = refund_view(
            shapes.refund(
                status="failed",
                failure_reason="expired_or_canceled_card",
                failure_balance_transaction="txn_three",
            )
        )
        assert view.failure == GatewayFailure("expired_or_canceled_card")
        assert view.failure_balance_transaction_id == "txn_three"

    def test_a_failure_without_a_reason_still_is_one(self) -> None:
        assert refund_view(shapes.refund(status="canceled")).failure == GatewayFailure("cancelled")

    def test_a_reference_that_is_not_there_yet(self) -> None:
        details = {"type": "card", "card": {"reference_status": "pending", "type": "refund"}}
        assert refund_view(shapes.refund(destination_details=details)).reference == ""
        assert refund_view(shapes.refund(destination_details=None)).reference == ""

    def test_expanded_objects_are_read_by_their_ids(self) -> None:
        view = refund_view(shapes.refund(charge=shapes.charge(), balance_transaction=shapes.balance_transaction()))
        assert (view.charge_id, view.balance_transaction_id) == ("ch_one", "txn_one")

    @pytest.mark.parametrize(
        ("over", "is_release"),
        [
            ({}, False),
            ({"metadata": {}}, False),
            ({"metadata": {}, "balance_transaction": None}, True),
            ({"metadata": {}, "balance_transaction": None, "status": "pending"}, False),
            ({"balance_transaction": None}, False),  # our own mark: we never release by a refund
        ],
    )
    def test_the_rest_of_a_partial_capture_is_no_refund_of_money(self, over: dict[str, Any], is_release: bool) -> None:
        assert refund_view(shapes.refund(**over)).is_release is is_release

    @pytest.mark.parametrize("over", [{"status": None}, {"status": "new"}, {"amount": None}, {"object": "charge"}])
    def test_what_cannot_be_read_is_said_so(self, over: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            refund_view(shapes.refund(**over))


class TestRefundsFromCharge:
    def test_the_old_shape_has_them_inside(self) -> None:
        inside = {"object": "list", "data": [shapes.refund(), shapes.refund(id="re_zero")], "has_more": False}
        assert [refund.refund_id for refund in refunds_from_charge(shapes.old_charge(refunds=inside))] == [
            "re_one",
            "re_zero",
        ]

    def test_the_new_shape_has_none(self) -> None:
        assert refunds_from_charge(shapes.charge()) == ()
