"""This app's sweeps do their one call each."""

from __future__ import annotations

import pytest

from payouts.payees.tests.paying import give, make_payee
from payouts.tasks import find_payees, look_at_unpaid

pytestmark = pytest.mark.django_db


def test_who_has_money_is_found() -> None:
    give(make_payee(), 500)
    assert find_payees() == 1
    assert find_payees() == 0


def test_unpaid_money_is_looked_at() -> None:
    give(make_payee(), 500)
    assert look_at_unpaid() == 0
