"""The truths of bounties hold after every test, and see when they are broken."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from config.accounts.roles import Role
from config.outbox.models import OutboxJob
from orders.tests.factories import force, item, make_paid_order
from payouts.scouts.models import Bounty, Scout
from payouts.scouts.tests.scouting import AT, bring, broken, buys, follow, make_product, make_scout

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


@pytest.fixture
def scout() -> Scout:
    scout = make_scout()
    follow(buys(bring(scout)))
    assert broken() == set()
    return scout


class TestBreakers:
    def test_a_bounty_that_survives_its_order(self, scout: Scout) -> None:
        order = Bounty.objects.get().order
        force(order, "refunded")
        assert broken() == {"bounties are reversed with their orders"}
        OutboxJob.objects.create(
            topic="order.money_moved",
            listener="payouts.scouts.services.earn.follow_order",
            fact_key="x",
            payload={"order": order.public_id},
            due_at=AT,
        )
        assert broken() == set(), "the job that takes it back is still to run"

    @pytest.mark.parametrize("kept_minor", [1, 0])
    def test_a_bounty_that_survives_its_listings_sale(self, kept_minor: int) -> None:
        scout = make_scout()
        sold, other = make_product(seller=bring(scout, Role.SELLER)), make_product()
        order = make_paid_order(item(sold), item(other), buyer=None)
        follow(order, "completed")
        order.lines.filter(product=other).update(refunded_minor=F("amount_minor"))
        assert broken() == set()
        order.lines.filter(product=sold).update(refunded_minor=F("amount_minor") - kept_minor)
        assert broken() == (set() if kept_minor else {"bounties are reversed with their orders"})
        follow(order)
        assert broken() == set()

    @pytest.mark.parametrize(
        ("changes", "names"),
        [
            (
                {"amount_minor": 999},
                {"reserves of scouts are what accrued", "bounties cost what was not reversed"},
            ),
            ({"status": "matured", "matured_at": AT}, {"reserves of scouts are what accrued"}),
            (
                {"status": "reversed", "reversed_at": AT},
                {"reserves of scouts are what accrued", "bounties cost what was not reversed"},
            ),
        ],
    )
    def test_a_bounty_that_is_not_what_was_booked(self, scout: Scout, changes: dict[str, Any], names: set[str]) -> None:
        Bounty.objects.update(**changes)
        assert broken() == names

    def test_a_bounty_that_is_gone(self, scout: Scout) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM payouts_bounty")
        assert broken() == {"reserves of scouts are what accrued", "bounties cost what was not reversed"}
