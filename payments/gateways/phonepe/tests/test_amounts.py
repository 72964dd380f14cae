"""Rupees from one rupee on."""

from __future__ import annotations

import pytest

from config.kernel.money import Money
from payments.gateways.phonepe.amounts import minimum_minor, why_not_charge


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (Money(100, "INR"), None),
        (Money(10**12, "INR"), None),
        (Money(99, "INR"), "amount_too_small"),
        (Money(0, "INR"), "amount_too_small"),
        (Money(10_000, "USD"), "currency_not_supported"),
        (Money(10_000, "JPY"), "currency_not_supported"),
    ],
)
def test_says_why_it_would_refuse(amount: Money, code: str | None) -> None:
    failure = why_not_charge(amount)
    assert (failure.code if failure else None) == code


def test_names_the_smallest_amount_of_its_one_currency() -> None:
    assert (minimum_minor("INR"), minimum_minor("USD"), minimum_minor("XXX")) == (100, None, None)
