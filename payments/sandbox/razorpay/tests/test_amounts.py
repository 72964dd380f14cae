"""Minima, fees and exchange."""

from __future__ import annotations

import pytest

from payments.sandbox.razorpay.amounts import base_amount, check, fee_of
from payments.sandbox.razorpay.errors import RazorpayError


class TestCheck:
    @pytest.mark.parametrize(("amount", "currency"), [(100, "INR"), (1, "USD"), (1, "JPY"), (10, "KWD")])
    def test_the_smallest_is_taken(self, amount: int, currency: str) -> None:
        check(amount=amount, currency=currency)
        with pytest.raises(RazorpayError) as raised:
            check(amount=amount - 1, currency=currency)
        assert raised.value.error["field"] == "amount"


class TestFee:
    def test_contains_the_tax_on_it(self) -> None:
        assert fee_of(base_minor=10_000, bps=200) == (236, 36)
        assert fee_of(base_minor=1, bps=200) == (0, 0)


class TestBase:
    @pytest.mark.parametrize(
        ("amount", "currency", "paise"),
        [(100, "INR", 100), (100, "USD", 8_320), (100, "JPY", 5_600), (1_000, "KWD", 27_050)],
    )
    def test_is_paise(self, amount: int, currency: str, paise: int) -> None:
        assert base_amount(amount=amount, currency=currency, rates={}) == paise

    def test_a_rate_may_be_ordered(self) -> None:
        assert base_amount(amount=100, currency="USD", rates={"USD": "100"}) == 10_000
