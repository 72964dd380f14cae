"""Fees, exchange and minimums, with the arithmetic in sight."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.sandbox.stripe.amounts import (
    MINIMUM_MINOR,
    THREE_DECIMAL,
    TWO_DECIMAL,
    ZERO_DECIMAL,
    check_amount,
    exponent,
    fee_minor,
    known_currency,
    settle,
    shown,
)
from payments.sandbox.stripe.errors import StripeError


class TestFee:
    @pytest.mark.parametrize(
        ("amount", "bps", "fixed", "fee"),
        [(10_000, 290, 30, 320), (50, 290, 30, 31), (20, 290, 30, 20), (10_000, 0, 0, 0), (1_050, 290, 30, 60)],
    )
    def test_is_a_share_and_a_fixed_part(self, amount: int, bps: int, fixed: int, fee: int) -> None:
        assert fee_minor(amount=amount, bps=bps, fixed=fixed) == fee

    @given(st.integers(1, 99_999_999), st.integers(0, 10_000), st.integers(0, 1_000))
    def test_is_never_more_than_the_charge(self, amount: int, bps: int, fixed: int) -> None:
        assert 0 <= fee_minor(amount=amount, bps=bps, fixed=fixed) <= amount


class TestSettle:
    def test_the_recorded_yen_become_the_recorded_francs(self) -> None:
        # GET_charges_py.succeeded of the samples: 4,820 JPY settled as 23.78 CHF at 0.49334.
        settled = settle(amount=4_820, currency="jpy", settlement=("chf",), rates={"jpy": "0.0049334", "chf": "1"})
        assert (settled.amount_minor, settled.currency, settled.exchange_rate) == (2_378, "chf", 0.49334)

    def test_three_decimals_into_two(self) -> None:
        # 1.000 KWD at 3.25 dollars is 325 cents: 1,000 minor units × 0.325
        settled = settle(amount=1_000, currency="kwd", settlement=("usd",), rates={})
        assert (settled.amount_minor, settled.exchange_rate) == (325, 0.325)

    def test_its_own_currency_is_left_alone(self) -> None:
        assert settle(amount=7, currency="eur", settlement=("usd", "eur"), rates={}).exchange_rate is None

    def test_an_unknown_rate_is_said(self) -> None:
        with pytest.raises(StripeError):
            settle(amount=7, currency="isk", settlement=("usd",), rates={})


class TestCurrencies:
    def test_each_has_one_exponent(self) -> None:
        assert not ZERO_DECIMAL & TWO_DECIMAL
        assert not THREE_DECIMAL & TWO_DECIMAL
        assert (exponent("jpy"), exponent("inr"), exponent("kwd")) == (0, 2, 3)
        assert set(MINIMUM_MINOR) <= ZERO_DECIMAL | TWO_DECIMAL | THREE_DECIMAL

    def test_codes_are_lower_case(self) -> None:
        assert known_currency("INR") == "inr"
        with pytest.raises(StripeError):
            known_currency("btc")

    @pytest.mark.parametrize(
        ("amount", "currency", "text"),
        [(501, "usd", "$5.01"), (501, "jpy", "¥501"), (123_456, "inr", "₹1,234.56"), (1_500, "kwd", "1.500 KWD")],
    )
    def test_are_shown_as_people_write_them(self, amount: int, currency: str, text: str) -> None:
        assert shown(amount, currency) == text


class TestCheckAmount:
    @pytest.mark.parametrize(
        ("amount", "currency"), [(50, "usd"), (30, "gbp"), (999_999_999, "inr"), (99_999_999, "eur"), (1, "isk")]
    )
    def test_takes_the_ends(self, amount: int, currency: str) -> None:
        check_amount(amount=amount, currency=currency)

    @pytest.mark.parametrize(
        ("amount", "currency"), [(49, "usd"), (29, "gbp"), (1_000_000_000, "inr"), (100_000_000, "eur"), (1_001, "kwd")]
    )
    def test_refuses_beyond(self, amount: int, currency: str) -> None:
        with pytest.raises(StripeError):
            check_amount(amount=amount, currency=currency)
