"""What is taken back from a payee comes from where the rule of recovery says, and the preview had said so."""

from __future__ import annotations

import pytest

from payments.ledger.rules import Recovery, Standing, recovery
from payments.reserves.recovering import recoveries
from payouts.payees.models import Payee
from payouts.payout.models import Payout
from payouts.payout.services.shortage import recall_short
from payouts.tests.payout_world import PayoutWorld

pytestmark = pytest.mark.django_db


def standing(payouts: PayoutWorld) -> tuple[Payee, Payout]:
    """Of a payee 5,000 are in reserve, 10,000 in a payout that was not sent, and 3,000 payable since."""
    payee = payouts.payee()
    payouts.earn(payee, 5_000)
    payouts.keep_in_reserve(payee, 5_000)
    payouts.earn(payee, 10_000)
    payout = payouts.freeze(payee)
    payouts.earn(payee, 3_000)
    return payee, payout


class TestRecallShort:
    @pytest.mark.parametrize(
        ("amount", "given"),
        [
            (2_000, Recovery(payable=2_000)),
            (3_000, Recovery(payable=3_000)),
            (4_000, Recovery(payable=3_000, pending=1_000)),
            (13_000, Recovery(payable=3_000, pending=10_000)),
            (15_000, Recovery(payable=3_000, pending=10_000, reserve=2_000)),
            (20_000, Recovery(payable=3_000, pending=10_000, reserve=5_000, receivable=2_000)),
        ],
    )
    def test_takes_in_the_order_of_the_rule(self, payouts: PayoutWorld, amount: int, given: Recovery) -> None:
        payee, payout = standing(payouts)
        assert recovery(amount, Standing(payable=3_000, pending=10_000, reserve=5_000)) == given
        (said,) = recoveries({(payee.owner, "INR"): amount})
        assert said.recovery == given
        payouts.take_back(payee, amount)
        payouts.work()
        payout = payouts.again(payout)
        pending = 10_000 if payout.status != "cancelled" else 0
        payable, reserve, receivable = payouts.balance(payee)
        assert payable + pending == 13_000 - given.payable - given.pending
        assert (reserve, receivable) == (5_000 - given.reserve, given.receivable)
        assert (payout.status == "cancelled") is given.is_short

    def test_told_again_nothing_more_moves(self, payouts: PayoutWorld) -> None:
        payee, _ = standing(payouts)
        payouts.take_back(payee, 15_000)
        payouts.work()
        before = payouts.balance(payee)
        recall_short({"owner": payee.owner, "currency": "INR", "reserve_minor": 2_000}, payouts.at)
        assert payouts.balance(payee) == before == (0, 3_000, 0)

    @pytest.mark.parametrize("reserve", [0, 1_000])
    def test_what_terms_ask_for_beyond_it_is_not_taken_from_what_came_back(
        self, payouts: PayoutWorld, reserve: int
    ) -> None:
        payee = payouts.payee(reserve)
        payouts.keep_in_reserve(payee, 5_000)
        payouts.earn(payee, 8_000)
        payouts.freeze(payee)
        payouts.take_back(payee, 1_500)
        payouts.work()
        assert payouts.balance(payee) == (6_500, reserve, 0)

    def test_the_next_earnings_pay_what_nothing_covered_and_may_be_paid_out_then(self, payouts: PayoutWorld) -> None:
        payee, _ = standing(payouts)
        payouts.take_back(payee, 20_000)
        payouts.work()
        assert payouts.balance(payee) == (0, 0, 2_000)
        payouts.earn(payee, 6_000)
        assert payouts.balance(payee) == (4_000, 0, 0)
        assert payouts.freeze(payee).gross_minor == 4_000
