"""What moved our balance, and what it cost."""

from __future__ import annotations

from typing import Any

import pytest

from payments.gateways.balance_views import BalanceTransactionView
from payments.gateways.failures import UnreadableObject
from payments.gateways.razorpay.movements import of_payment, of_refund
from payments.gateways.razorpay.tests import entities


def amounts(movement: BalanceTransactionView | None) -> Any:
    assert movement is not None
    return (
        movement.transaction_id, movement.type, movement.amount_minor, movement.fee_minor, movement.tax_minor,
        movement.net_minor, movement.currency,
    )  # fmt: skip


class TestOfAPayment:
    def test_is_less_its_fee_which_contains_the_tax(self) -> None:
        assert amounts(of_payment(entities.payment())) == ("pay_One", "payment", 50_000, 1_180, 180, 48_820, "INR")

    def test_in_another_currency_settles_in_rupees(self) -> None:
        paid = entities.payment(currency="USD", amount=1_000, base_amount=83_200, fee=2_000, tax=305)
        assert amounts(of_payment(paid)) == ("pay_One", "payment", 83_200, 2_000, 305, 81_200, "INR")

    def test_refunded_it_stays_what_it_was(self) -> None:
        paid = entities.payment("refunded", captured=True, fee=1_180, tax=180)
        assert amounts(of_payment(paid))[2:4] == (50_000, 1_180)

    @pytest.mark.parametrize(
        "payment",
        [
            entities.payment(fee=None),
            entities.failed(),
            entities.payment("authorized", fee=0),
            entities.payment("refunded", captured=False, fee=0),
        ],
    )
    def test_of_what_took_nothing_or_whose_fee_is_unknown_is_none(self, payment: dict[str, Any]) -> None:
        assert of_payment(payment) is None

    def test_of_another_shape_is_unreadable(self) -> None:
        with pytest.raises(UnreadableObject):
            of_payment(entities.payment(fee="1180"))


class TestOfARefund:
    def test_takes_what_it_gives(self) -> None:
        assert amounts(of_refund(entities.refund())) == ("rfnd_One", "refund", -20_000, 0, 0, -20_000, "INR")
        assert of_refund(entities.refund(), returned=True) is None

    def test_that_waits_moved_nothing(self) -> None:
        assert of_refund(entities.refund(status="pending")) is None
        assert of_refund(entities.refund(status="pending"), returned=True) is None

    def test_that_failed_comes_to_nothing(self) -> None:
        went, came = (of_refund(entities.refund(status="failed"), returned=each) for each in (False, True))
        assert amounts(came)[:3] == ("rfnd_One:returned", "refund_failure", 20_000)
        assert amounts(went)[2] + amounts(came)[2] == 0
