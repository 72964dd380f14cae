"""Payouts to our bank account, in the words of the contract."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure, UnreadableObject
from payments.gateways.settlement_views import SettlementState
from payments.gateways.stripe.views.payout import settlement_view


def payout(**over: Any) -> dict[str, Any]:
    return {
        "id": "po_1", "object": "payout", "amount": 7_350, "currency": "usd", "created": 1_784_115_300,
        "arrival_date": 1_784_160_000, "livemode": False, "status": "paid", "failure_code": None,
        "failure_message": None, "trace_id": {"status": "supported", "value": "TRACE1"},
    } | over  # fmt: skip


class TestSettlementView:
    @pytest.mark.parametrize(
        ("status", "state"),
        [
            ("pending", SettlementState.ANNOUNCED), ("in_transit", SettlementState.ANNOUNCED),
            ("paid", SettlementState.PAID), ("failed", SettlementState.FAILED), ("canceled", SettlementState.CANCELLED),
        ],
    )  # fmt: skip
    def test_every_status_has_its_state(self, status: str, state: SettlementState) -> None:
        assert settlement_view(payout(status=status)).state is state

    def test_says_how_much_when_and_how_the_statement_shows_it(self) -> None:
        view = settlement_view(payout())
        assert (view.settlement_id, view.amount, view.reference) == ("po_1", Money(7_350, "USD"), "TRACE1")
        assert view.expected_at == datetime(2026, 7, 16, 0, 0, tzinfo=UTC)
        assert (view.livemode, view.failure) == (False, None)

    def test_below_zero_the_bank_pays(self) -> None:
        assert settlement_view(payout(amount=-300)).amount == Money(-300, "USD")

    def test_a_failure_says_why(self) -> None:
        view = settlement_view(payout(status="failed", failure_code="account_closed", failure_message="It is closed."))
        assert view.failure == GatewayFailure("account_closed", "It is closed.")

    def test_the_old_shape_has_no_trace(self) -> None:
        old = payout()
        del old["trace_id"]
        assert settlement_view(old).reference == ""

    @pytest.mark.parametrize(
        "over", [{"status": "lost"}, {"status": None}, {"amount": 1.5}, {"arrival_date": None}, {"object": "charge"}]
    )
    def test_what_cannot_be_read_is_said_so(self, over: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            settlement_view(payout(**over))
