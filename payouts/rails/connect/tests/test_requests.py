"""The bodies of requests."""

from __future__ import annotations

import pytest

from config.kernel.money import Money
from payouts.rails.connect.requests import (
    account_params,
    payout_params,
    reversal_params,
    transfer_params,
    why_not_pay,
)
from payouts.rails.connect.tests.conftest import new_destination
from payouts.rails.contract import NewPayout


def _new(amount: Money, narration: str = "") -> NewPayout:
    return NewPayout(
        our_id="po_1",
        call_id="call_1",
        amount=amount,
        account_id="acct_1",
        kind="connected_account",
        narration=narration,
    )


class TestBodies:
    def test_a_transfer_is_grouped_by_its_payout(self) -> None:
        assert transfer_params(key="call_1", new=_new(Money(700, "JPY"))) == {
            "amount": 700,
            "currency": "jpy",
            "destination": "acct_1",
            "metadata": {"payout": "po_1", "call": "call_1"},
            "transfer_group": "po_1",
        }

    def test_a_reversal_names_ours(self) -> None:
        params = reversal_params(key="call_2", our_id="rev_1", amount=Money(5, "USD"))
        assert params == {"amount": 5, "metadata": {"reversal": "rev_1", "call": "call_2"}}

    def test_an_account_is_paid_out_when_we_say_so(self) -> None:
        params = account_params(key="call_1", new=new_destination(legal_form="company", country=""))
        assert params["settings"]["payouts"]["schedule"] == {"interval": "manual"}
        assert params["business_type"] == "company"
        assert "country" not in params

    @pytest.mark.parametrize(
        ("narration", "shown"),
        [("Holdfast po_1 <b>", "Holdfast po1 b"), ("1234", None), ("", None), ("A" * 40, "A" * 22)],
    )
    def test_words_of_the_statement_are_ones_that_stripe_takes(self, narration: str, shown: str | None) -> None:
        assert payout_params(key="k", new=_new(Money(1, "USD"), narration)).get("statement_descriptor") == shown


class TestWhyNotPay:
    @pytest.mark.parametrize(
        ("amount", "code"),
        [
            (Money(100, "USD"), ""),
            (Money(0, "USD"), "amount_too_small"),
            (Money(100_000_000, "USD"), "amount_too_large"),
            (Money(105, "HUF"), "amount_not_a_multiple"),
            (Money(10_500, "HUF"), ""),
            (Money(1_005, "KWD"), "amount_not_a_multiple"),
        ],
    )
    def test_amounts(self, amount: Money, code: str) -> None:
        failure = why_not_pay(amount, kind="connected_account")
        assert (failure.code if failure else "") == code

    def test_a_bank_account_is_another_rail_s(self) -> None:
        failure = why_not_pay(Money(100, "USD"), kind="bank_account")
        assert failure is not None
        assert failure.code == "kind_not_supported"
