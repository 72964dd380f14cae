"""The demo's sellers are payees, and are seeded as often as somebody likes."""

from __future__ import annotations

import pytest

from orders.tests.factories import AT
from payments.demo.people import seed_people
from payouts.demo import seed_payees
from payouts.payees.models import Destination, Payee
from payouts.payees.tests.paying import traces

pytestmark = pytest.mark.django_db


def test_is_seeded_once() -> None:
    seed_people(password="a-long-and-quiet-river", at=AT)
    seed_payees(at=AT)
    assert sorted(Payee.objects.values_list("country", flat=True)) == ["IN", "US"]
    assert set(Destination.objects.values_list("status", flat=True)) == {"active"}
    before = traces()
    seed_payees(at=AT)
    assert traces() == before
