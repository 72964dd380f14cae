"""What the payee bears of a payout's cost is taken once, and given back with what was not paid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from payments.ledger.queries import balance_minor
from payouts.bankfile.services import collect
from payouts.payout.services.decide import cancel_payout, recall
from payouts.tests.payout_world import FINANCE, PayoutWorld

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fee(payouts: PayoutWorld, settings: Any) -> None:
    settings.POLICY = replace(settings.POLICY, payout_fee_minor={"INR": 50})


def recovered() -> int:
    return -balance_minor("fees_recovered", currency="INR")


class TestFee:
    def test_is_ours_with_the_freezing_and_the_net_is_in_transit(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(8_000))
        assert (recovered(), payout.net_minor) == (50, 7_950)
        assert balance_minor("in_transit", currency="INR", owner=payout.owner) == -7_950

    def test_is_given_back_with_what_is_cancelled(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(8_000))
        cancel_payout(payout_pk=payout.pk, actor=FINANCE, reason="not now", at=payouts.at)
        assert (recovered(), payouts.balance(payout.payee)[0]) == (0, 8_000)

    def test_is_given_back_with_what_failed(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(8_000, says="declined")
        assert (recovered(), payouts.balance(payout.payee)[0]) == (0, 8_000)

    def test_is_in_what_a_recall_gives_back(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(8_000))
        assert recall(owner=payout.owner, currency="INR", actor="system:test", at=payouts.at) == 8_000
        assert (recovered(), payouts.balance(payout.payee)[0]) == (0, 8_000)

    def test_is_not_in_what_our_bank_pays(self, payouts: PayoutWorld) -> None:
        payouts.approved(8_000, rail="bank_file", account_id="")
        file = collect(bank_account="main", currency="INR", actor=FINANCE, reason="Monday", at=payouts.at)
        assert file.total_minor == 7_950
