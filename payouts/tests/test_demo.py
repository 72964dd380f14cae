"""The demo has a scout and payees, and is seeded as often as somebody likes."""

from __future__ import annotations

import pytest

from orders.tests.factories import AT
from payments.demo.people import seed_people
from payouts.demo import SCOUT, seed_payees
from payouts.payees.models import Destination
from payouts.scouts.models import Referral, Scout
from payouts.scouts.tests.scouting import traces

pytestmark = pytest.mark.django_db


def test_is_seeded_once() -> None:
    seed_people(password="a-long-and-quiet-river", at=AT)
    seed_payees(at=AT)
    assert Scout.objects.get().user.email == SCOUT
    assert Scout.objects.get().user.check_password("a-long-and-quiet-river")
    assert Referral.objects.count() == 2
    assert set(Destination.objects.values_list("status", flat=True)) == {"active"}
    before = traces()
    seed_payees(at=AT)
    assert traces() == before
