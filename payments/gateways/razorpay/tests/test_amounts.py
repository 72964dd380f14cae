"""Razorpay's numbers: minima, steps, currencies."""

from __future__ import annotations

import pytest

from config.kernel.money import Money
from payments.gateways.failures import UnreadableObject
from payments.gateways.razorpay.amounts import from_wire, minimum_minor, why_not_charge


class TestWhyNotCharge:
    @pytest.mark.parametrize("money", [Money(100, "INR"), Money(1, "USD"), Money(1, "JPY"), Money(10, "KWD")])
    def test_the_smallest_is_charged(self, money: Money) -> None:
        assert minimum_minor(money.currency) == money.amount_minor
        assert why_not_charge(money) is None

    @pytest.mark.parametrize(
        ("money", "code"),
        [
            (Money(99, "INR"), "amount_too_small"),
            (Money(0, "USD"), "amount_too_small"),
            (Money(1_235, "KWD"), "amount_not_a_multiple"),
        ],
    )
    def test_and_what_is_not(self, money: Money, code: str) -> None:
        failure = why_not_charge(money)
        assert failure is not None
        assert failure.code == code

    def test_an_unknown_currency_is_not_offered(self) -> None:
        assert minimum_minor("XXX") is None

    @pytest.mark.parametrize("currency", ["XAF", "XOF", "XPF"])
    def test_a_currency_that_countries_share_is_not_offered(self, currency: str) -> None:
        failure = why_not_charge(Money(5_000, currency))
        assert failure is not None
        assert failure.code == "currency_not_supported"


class TestFromWire:
    def test_is_minor_units_as_they_are(self) -> None:
        assert from_wire(1_230, "KWD") == Money(1_230, "KWD")

    def test_of_no_currency_is_unreadable(self) -> None:
        with pytest.raises(UnreadableObject):
            from_wire(1, "inr")
