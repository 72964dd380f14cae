"""How Stripe counts money."""

from __future__ import annotations

import pytest

from config.kernel.money import EXPONENTS, Money
from payments.gateways.failures import UnreadableObject
from payments.gateways.stripe.amounts import (
    MINIMUM_CHARGE_MINOR,
    from_wire,
    maximum_minor,
    minimum_minor,
    step_minor,
    to_wire,
    why_not_charge,
)


class TestWire:
    @pytest.mark.parametrize(
        ("ours", "wire"),
        [
            (Money(1_050, "INR"), 1_050),
            (Money(1_050, "USD"), 1_050),
            (Money(1_050, "JPY"), 1_050),  # zero decimals at both
            (Money(1_050, "KWD"), 1_050),  # three decimals at both
            (Money(5, "UGX"), 500),  # none for us, two on the wire
            (Money(-177, "INR"), -177),  # a refund's movement
            (Money(-5, "UGX"), -500),
        ],
    )
    def test_goes_out_and_comes_back(self, ours: Money, wire: int) -> None:
        assert to_wire(ours) == wire
        assert from_wire(wire, ours.currency.lower()) == ours

    @pytest.mark.parametrize("currency", sorted(EXPONENTS))
    def test_nothing_is_lost_in_any_currency(self, currency: str) -> None:
        assert from_wire(to_wire(Money(1_234_567, currency)), currency.lower()) == Money(1_234_567, currency)

    def test_a_fraction_of_a_shilling_is_unreadable(self) -> None:
        with pytest.raises(UnreadableObject):
            from_wire(550, "ugx")

    @pytest.mark.parametrize("currency", ["", "xxx", "rupees"])
    def test_an_unknown_currency_is_unreadable(self, currency: str) -> None:
        with pytest.raises(UnreadableObject):
            from_wire(100, currency)


class TestMinimum:
    def test_every_published_minimum_is_of_a_currency_that_we_know(self) -> None:
        assert set(MINIMUM_CHARGE_MINOR) <= set(EXPONENTS)

    @pytest.mark.parametrize(
        ("currency", "minimum"),
        [("INR", 50), ("USD", 50), ("JPY", 50), ("HUF", 17_500), ("KWD", 10), ("UGX", 1), ("VND", 1), ("XXX", None)],
    )
    def test_is_stripes_own_or_one_step(self, currency: str, minimum: int | None) -> None:
        assert minimum_minor(currency) == minimum

    @pytest.mark.parametrize("currency", sorted(EXPONENTS))
    def test_can_be_charged(self, currency: str) -> None:
        minimum = minimum_minor(currency)
        assert minimum is not None
        assert minimum > 0
        assert why_not_charge(Money(minimum, currency)) is None


class TestWhyNotCharge:
    @pytest.mark.parametrize(
        ("amount", "code"),
        [
            (Money(50, "INR"), None),
            (Money(49, "INR"), "amount_too_small"),
            (Money(0, "INR"), "amount_too_small"),
            (Money(-50, "INR"), "amount_too_small"),
            (Money(49, "JPY"), "amount_too_small"),
            (Money(999_999_999, "INR"), None),  # nine digits for INR
            (Money(1_000_000_000, "INR"), "amount_too_large"),
            (Money(99_999_999, "USD"), None),
            (Money(100_000_000, "USD"), "amount_too_large"),
            (Money(999_999, "UGX"), None),  # the two added decimals count as digits
            (Money(1_000_000, "UGX"), "amount_too_large"),
            (Money(5_120, "KWD"), None),
            (Money(5_124, "KWD"), "amount_not_a_multiple"),
        ],
    )
    def test_says_why(self, amount: Money, code: str | None) -> None:
        failure = why_not_charge(amount)
        assert (failure.code if failure else None) == code
        assert failure is None or failure.field == "amount"

    def test_names_the_limit_in_major_units(self) -> None:
        failure = why_not_charge(Money(49, "INR"))
        assert failure is not None
        assert failure.detail == "less than 0.50 INR"

    @pytest.mark.parametrize(("currency", "step"), [("KWD", 10), ("BHD", 10), ("INR", 1), ("JPY", 1)])
    def test_only_three_decimal_currencies_are_stepped(self, currency: str, step: int) -> None:
        assert step_minor(currency) == step

    def test_the_maximum_is_counted_on_the_wire(self) -> None:
        assert to_wire(Money(maximum_minor("UGX"), "UGX")) <= 99_999_999
