"""The rule of recovery is what happens: with real payouts that wait, are called back or are sent, in two currencies."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from payments.ledger.models import PayeeBalance
from payments.ledger.rules import Standing, recovery
from payouts.payees.models import Payee, PayeeAccount
from payouts.payout.queries import recallable_minor
from payouts.payout.services.freeze import PayoutNotPossible
from payouts.payout.states import PayoutStatus
from payouts.tests.payout_world import PayoutWorld, a_destination

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]  # gifts and clawbacks that no order stands behind
CURRENCIES = ("INR", "USD")


def stands(payee: Payee, currency: str) -> tuple[Standing, int]:
    """What there is to take back from, and what is owed."""
    row = PayeeBalance.objects.filter(owner=payee.owner, currency=currency).first() or PayeeBalance()
    pending = recallable_minor(payee.owner, currency)
    return Standing(payable=row.payable_minor, pending=pending, reserve=row.reserve_minor), row.receivable_minor


def free_minor(standing: Standing) -> int:
    return standing.payable + standing.pending


@pytest.mark.parametrize("seed", [3, 37, 77, 115, 131])
def test_the_rule_is_what_happens_in_a_random_world(payouts: PayoutWorld, seed: int) -> None:
    dice, payee = random.Random(seed), payouts.payee()
    a_destination(payee, currency="USD")
    PayeeAccount.objects.create(payee=payee, currency="USD", schedule="daily", due_at=payouts.at)
    for _ in range(20):
        currency, other = dice.sample(CURRENCIES, 2)
        minor = dice.randint(1, 9_000)
        match dice.choice(("earn", "earn", "freeze", "keep", "fund", "take back", "take back")):
            case "earn":
                payouts.earn(payee, minor, currency)
            case "freeze":
                with suppress(PayoutNotPossible):
                    payout = payouts.freeze(payee, currency=currency)
                    if minor % 2 and payout.status == PayoutStatus.AWAITING_APPROVAL:
                        payouts.approve(payout)
            case "keep" if currency == "INR":
                payouts.keep_in_reserve(payee, minor)
            case "fund":
                payouts.fund(minor, currency=currency)
            case "take back":
                payouts.work()
                (before, owed), untouched = stands(payee, currency), stands(payee, other)
                payouts.take_back(payee, minor, currency)
                payouts.work()
                taken, (after, owes) = recovery(minor, before), stands(payee, currency)
                assert free_minor(after) == free_minor(before) - taken.payable - taken.pending
                assert (after.reserve, owes) == (before.reserve - taken.reserve, owed + taken.receivable)
                assert stands(payee, other) == untouched
