"""Test values: each reason has its account, and nothing else does."""

from __future__ import annotations

import pytest

from payments.sandbox.razorpay.x.outcomes import (
    WORDS,
    Fate,
    account_number,
    address,
    fate_of,
    reasons_of,
    source_of,
)

ALL = [(word, reason) for word in WORDS for reason in reasons_of(word)]


class TestFateOf:
    @pytest.mark.parametrize(("word", "reason"), ALL)
    def test_each_has_a_bank_account_and_an_address(self, word: str, reason: str) -> None:
        assert fate_of(account_number(word, reason)) == Fate(word, reason)
        assert fate_of(account_number(word, reason, serial=12_345)) == Fate(word, reason)
        assert fate_of(address(word, reason)) == Fate(word, reason)

    def test_no_two_have_the_same(self) -> None:
        assert len({account_number(*each) for each in ALL} | {address(*each) for each in ALL}) == 2 * len(ALL)

    @pytest.mark.parametrize(
        "destination", ["765432123456789", "99909990000", "9990", "someone@bank", "failed.nothing@sandbox", ""]
    )
    def test_any_other_is_paid(self, destination: str) -> None:
        assert fate_of(destination) == Fate("processed", "payout_processed")


def test_each_reason_says_whose_doing_it_is() -> None:
    assert {source_of(reason) for _, reason in ALL} == {"beneficiary_bank", "business", "gateway", "internal"}
