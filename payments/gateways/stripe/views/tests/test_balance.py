"""Movements of our balance at Stripe, in the words of the contract."""

from __future__ import annotations

import pytest

from config.kernel.clock import from_epoch
from payments.gateways.failures import UnreadableObject
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.views import (
    balance_transaction_view,
)


class TestBalanceTransactionView:
    def test_a_charge_with_fee_and_tax(self) -> None:
        view = balance_transaction_view(shapes.balance_transaction())
        assert (view.amount_minor, view.fee_minor, view.tax_minor, view.net_minor) == (5_000, 177, 27, 4_823)
        assert (view.transaction_id, view.type, view.source_id, view.currency) == ("txn_one", "charge", "ch_one", "INR")
        assert view.exchange_rate == ""
        assert view.created_at == from_epoch(shapes.PAID_AT + 5)
        assert view.available_at == from_epoch(shapes.PAID_AT + 172_800)

    def test_a_refund_is_negative(self) -> None:
        view = balance_transaction_view(
            shapes.balance_transaction(type="refund", amount=-2_000, fee=0, fee_details=[], net=-2_000)
        )
        assert (view.amount_minor, view.net_minor, view.tax_minor) == (-2_000, -2_000, 0)

    def test_a_conversion_keeps_the_rate_as_written(self) -> None:
        assert balance_transaction_view(shapes.balance_transaction(exchange_rate=83.1425)).exchange_rate == "83.1425"

    def test_the_source_may_be_expanded_or_missing(self) -> None:
        assert balance_transaction_view(shapes.balance_transaction(source=shapes.charge())).source_id == "ch_one"
        assert balance_transaction_view(shapes.balance_transaction(source=None, type="stripe_fee")).source_id == ""

    def test_sums_that_do_not_add_up_are_not_believed(self) -> None:
        with pytest.raises(UnreadableObject):
            balance_transaction_view(shapes.balance_transaction(net=4_822))
