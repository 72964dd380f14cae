"""A scout's bounty on the whole way: registration, a paid order at the gateway, completion, and a refund after all."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from config.accounts.models import User
from orders.order.models import Order
from payments.tests.world import World
from payouts.scouts.models import Referral
from payouts.scouts.tests.scouting import books, bounties, make_scout

pytestmark = pytest.mark.django_db(transaction=True)


class TestJourney:
    def test_of_a_bounty(self, world: World) -> None:
        scout = make_scout()
        Client().post(
            f"/api/v1/auth/register/?ref={scout.code}",
            {"email": "brought@example.com", "password": "a-long-and-quiet-river"},
            content_type="application/json",
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )
        world.work()
        recruit = User.objects.get(email="brought@example.com")
        assert Referral.objects.get().recruit == recruit
        order = world.order(50_000, currency="INR")
        Order.objects.filter(pk=order.pk).update(buyer=recruit)
        world.later(minutes=1)
        world.pay(world.start(order))
        world.hear()
        assert bounties() == [("first_order", "accrued", 1_000)]
        assert books(scout) == (0, 1_000, 0, 1_000)
        world.hand_over(order)
        world.complete(order)
        world.work()
        assert books(scout) == (1_000, 0, 0, 1_000)
        world.refund_outside(order, 50_000)
        world.hear()
        order.refresh_from_db()
        assert order.status == "refunded"
        assert bounties() == [("first_order", "reversed", 1_000)]
        assert books(scout) == (0, 0, 0, 0)
