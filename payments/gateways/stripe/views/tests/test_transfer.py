"""Transfers out of our balance, in the words of the contract."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from config.kernel.money import Money
from payments.gateways.failures import UnreadableObject
from payments.gateways.stripe.views.transfer import transfer_view


def transfer(**over: Any) -> dict[str, Any]:
    return {
        "id": "tr_1", "object": "transfer", "amount": 7_350, "amount_reversed": 0, "currency": "usd",
        "created": 1_784_115_300, "destination": "acct_1", "livemode": False,
    } | over  # fmt: skip


class TestTransferView:
    def test_says_how_much_left_and_where_to(self) -> None:
        view = transfer_view(transfer())
        assert (view.transfer_id, view.amount, view.returned) == ("tr_1", Money(7_350, "USD"), Money(0, "USD"))
        assert (view.destination, view.livemode) == ("acct_1", False)
        assert view.created_at == datetime(2026, 7, 15, 11, 35, tzinfo=UTC)

    def test_says_how_much_is_back(self) -> None:
        assert transfer_view(transfer(amount_reversed=350)).returned == Money(350, "USD")

    def test_the_destination_may_be_expanded(self) -> None:
        assert transfer_view(transfer(destination={"id": "acct_2", "object": "account"})).destination == "acct_2"

    def test_the_oldest_shape_names_its_day_and_nothing_that_came_back(self) -> None:
        old = transfer(date=1_784_073_600)
        del old["created"], old["amount_reversed"]
        view = transfer_view(old)
        assert (view.created_at, view.returned) == (datetime(2026, 7, 15, 0, 0, tzinfo=UTC), Money(0, "USD"))

    @pytest.mark.parametrize(
        "over", [{"amount": None}, {"amount_reversed": "0"}, {"created": -1}, {"livemode": None}, {"object": "payout"}]
    )
    def test_what_cannot_be_read_is_said_so(self, over: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            transfer_view(transfer(**over))
