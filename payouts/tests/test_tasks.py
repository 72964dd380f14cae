"""This app's sweeps do their one call each."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.kernel import clock
from payouts.payees.tests.paying import give, make_payee
from payouts.rails.contract import RailState
from payouts.tasks import ask_about_paid_payouts, find_payees, list_payouts_of_rails, look_at_unpaid
from payouts.tests.payout_world import PayoutWorld

pytestmark = pytest.mark.django_db


def test_who_has_money_is_found() -> None:
    give(make_payee(), 500)
    assert find_payees() == 1
    assert find_payees() == 0


def test_paid_payouts_are_followed(payouts: PayoutWorld) -> None:
    payouts.at = clock.now() - timedelta(days=5)
    payouts.sent(says=RailState.PAID)
    payouts.rail.become(RailState.RETURNED)
    assert list_payouts_of_rails() == 0  # what is on paper lists nothing
    assert ask_about_paid_payouts() == 1


def test_unpaid_money_is_looked_at() -> None:
    give(make_payee(), 500)
    assert look_at_unpaid() == 0
