"""Bank accounts of connected accounts, and what their test values do."""

from __future__ import annotations

import pytest

from payments.sandbox.stripe.connect import banks
from payments.sandbox.stripe.errors import StripeError
from payments.sandbox.tests.in_process import Bench


class TestExternalAccount:
    @pytest.mark.parametrize("token", sorted(banks.TOKENS))
    def test_every_token_keeps_its_test_number(self, bench: Bench, token: str) -> None:
        with bench.call() as call:
            bank = banks.external_account(call, account_id="acct_1", country="US", currency="usd", token=token)
        assert banks.number_of(bank) == banks.TOKENS[token]

    def test_the_whole_number_is_no_field_of_it(self, bench: Bench) -> None:
        with bench.call() as call:
            bank = banks.external_account(
                call, account_id="acct_1", country="US", currency="usd", token="btok_us_verified"
            )
        assert "000123456789" not in bank.values()
        assert bank["last4"] == "6789"


class TestBankFor:
    def test_is_the_one_of_the_currency(self) -> None:
        usd = {"currency": "usd", "default_for_currency": True}
        eur = {"currency": "eur", "default_for_currency": True}
        assert banks.bank_for([usd, eur], "eur") is eur
        with pytest.raises(StripeError, match="external accounts in that currency"):
            banks.bank_for([usd], "inr")

    def test_any_other_number_is_paid(self) -> None:
        assert banks.number_of({"fingerprint": "abcdef999"}) == "000123456789"
