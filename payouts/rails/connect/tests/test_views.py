"""Stripe's objects in the words of the contract."""

from __future__ import annotations

from typing import Any

import pytest

from config.kernel.money import Money
from payments.gateways.failures import UnreadableObject
from payouts.rails.connect.views import payout_view, reversal_view, transfer_view
from payouts.rails.contract import Advice, RailState

PAYOUT: dict[str, Any] = {
    "id": "po_9",
    "object": "payout",
    "amount": 1_100,
    "created": 1_750_000_000,
    "currency": "usd",
    "livemode": False,
    "metadata": {"payout": "po_ours", "call": "call_1"},
    "status": "pending",
}
TRANSFER: dict[str, Any] = {
    "id": "tr_9",
    "object": "transfer",
    "amount": 1_100,
    "amount_reversed": 100,
    "created": 1_750_000_000,
    "currency": "usd",
    "destination": "acct_1",
    "livemode": False,
    "metadata": {"payout": "po_ours", "call": "call_1"},
}


class TestPayout:
    @pytest.mark.parametrize(
        ("status", "state"),
        [
            ("pending", RailState.QUEUED),
            ("in_transit", RailState.PROCESSING),
            ("paid", RailState.PAID),
            ("failed", RailState.FAILED),
            ("canceled", RailState.CANCELLED),
        ],
    )
    def test_states(self, status: str, state: RailState) -> None:
        assert payout_view({**PAYOUT, "status": status}, account_id="acct_1").state is state

    def test_carries_our_marks_and_whose_it_is(self) -> None:
        view = payout_view(PAYOUT, account_id="acct_1")
        assert (view.our_id, view.call_id, view.account_id) == ("po_ours", "call_1", "acct_1")
        assert (view.amount, view.reference, view.failure) == (Money(1_100, "USD"), "", None)

    def test_an_old_one_has_no_trace(self) -> None:
        assert payout_view({**PAYOUT, "trace_id": None}, account_id="acct_1").reference == ""
        traced = {**PAYOUT, "trace_id": {"status": "supported", "value": "0123"}}
        assert payout_view(traced, account_id="acct_1").reference == "0123"

    def test_a_failure_says_what_to_do(self) -> None:
        failed = {**PAYOUT, "status": "failed", "failure_code": "no_account", "failure_message": "None."}
        view = payout_view(failed, account_id="acct_1")
        assert view.failure is not None
        assert (view.failure.code, view.failure.detail, view.advice) == ("no_account", "None.", Advice.FIX)

    @pytest.mark.parametrize("damage", [{"status": "lost"}, {"amount": None}, {"object": "refund"}])
    def test_what_cannot_be_read_is_refused(self, damage: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            payout_view({**PAYOUT, **damage}, account_id="acct_1")


class TestTransfer:
    def test_says_what_is_back(self) -> None:
        view = transfer_view(TRANSFER)
        assert (view.amount, view.returned) == (Money(1_100, "USD"), Money(100, "USD"))
        assert (view.our_id, view.account_id) == ("po_ours", "acct_1")

    def test_in_its_oldest_shape_it_names_its_day_alone(self) -> None:
        old = {name: value for name, value in TRANSFER.items() if name not in ("created", "amount_reversed")}
        view = transfer_view({**old, "date": 1_381_104_000, "destination": None, "metadata": {}})
        assert (view.returned, view.account_id, view.our_id) == (Money(0, "USD"), "", "")


class TestReversal:
    def test_names_its_transfer_and_its_call(self) -> None:
        view = reversal_view(
            {
                "id": "trr_1",
                "object": "transfer_reversal",
                "amount": 191,
                "currency": "aud",
                "metadata": {"call": "call_2"},
                "transfer": "tr_9",
            }
        )
        assert (view.transfer_id, view.amount, view.call_id) == ("tr_9", Money(191, "AUD"), "call_2")
