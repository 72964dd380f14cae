"""A scout's bounty on the whole way: registration, a paid order at the gateway, completion, and a refund after all."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from config.accounts.models import User
from config.inbox.processor import process_inbox
from orders.order.models import Order
from orders.tests.factories import policy
from payments.refunds.services import settle
from payments.refunds.services.by_staff import request_refund
from payments.refunds.services.plan import Wish
from payments.tests.world import World
from payouts.scouts.models import Referral, Scout, Source
from payouts.scouts.services.refer import set_referral
from payouts.scouts.tests.scouting import books, bounties, broken, make_scout

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

    def test_of_a_bounty_whose_listing_alone_is_given_back(self, world: World) -> None:
        scout = make_scout()
        order = world.order(50_000, 20_000, currency="INR")
        sold, _ = world.fulfilments(order)
        set_referral(recruit=sold.seller, scout=scout, source=Source.CODE, actor="x", reason="", at=world.at)
        world.later(minutes=1)
        world.pay(world.start(order))
        world.hear()
        world.hand_over(order)
        world.complete(order)
        world.work()
        assert books(scout) == (1_000, 0, 0, 1_000)
        (refund,) = request_refund(
            order_id=order.public_id, wish=Wish(50_000, fulfilment=sold.public_id), reason="torn",
            requester="user:support", policy=policy(refund_approval_threshold_minor={"INR": 50_000}), at=world.at,
        )  # fmt: skip
        assert books(scout) == (1_000, 0, 0, 1_000), "not before it succeeded"
        world.work()
        world.hear()
        refund.refresh_from_db()
        order.refresh_from_db()
        assert (refund.status, order.status) == ("succeeded", "completed")
        assert bounties() == [("listing_sold", "reversed", 1_000)]
        assert books(scout) == (0, 0, 0, 0)

    def test_of_a_bounty_whose_order_is_lost_won_back_and_lost_again(self, world: World) -> None:
        """The first loss was not told before it was made good: the second one takes the bounty."""
        scout = make_scout()
        order = sold_by_a_recruit(world, scout)
        dispute = world.dispute(order)
        world.hear()
        for verb, status in (("lose", "refunded"), ("appeal", ""), ("win", "completed")):
            world.decide(dispute, verb)
            world.deliver(world.new_events())
            while process_inbox(now=world.now):
                pass
            order.refresh_from_db()
            assert order.status == status or not status
        world.work()
        assert books(scout) == (2_000, 0, 0, 2_000)
        for verb in ("appeal", "lose"):
            world.decide(dispute, verb)
            world.hear()
        order.refresh_from_db()
        assert order.status == "refunded"
        assert {status for _, status, _ in bounties()} == {"reversed"}
        assert books(scout) == (0, 0, 0, 0)

    def test_of_a_bounty_whose_listing_is_given_back_from_our_bank(self, world: World) -> None:
        scout = make_scout()
        order = sold_by_a_recruit(world, scout)
        part = world.fulfilments(order)[0]
        (refund,) = request_refund(
            order_id=order.public_id, wish=Wish(50_000, fulfilment=part.public_id), reason="torn",
            requester="user:support", policy=policy(refund_approval_threshold_minor={"INR": 50_000}), at=world.at,
        )  # fmt: skip
        world.fail("/v1/refunds", status=400, type="invalid_request_error", code="charge_disputed", message="no")
        world.work()
        assert books(scout) == (2_000, 0, 0, 2_000), "it is owed, and the buyer has nothing yet"
        assert broken() == set()
        settle.propose(
            refund_pk=refund.pk, kind=settle.Kind.PAID_OTHERWISE, actor="user:support", reason="as agreed", at=world.at,
            bank_account="main", reference="UTR 42", bank_accounts=("main",),
        )  # fmt: skip
        settle.confirm(refund_pk=refund.pk, actor="user:finance", reason="seen", at=world.at)
        world.work()
        order.refresh_from_db()
        assert order.status == "completed"
        assert bounties() == [("listing_sold", "reversed", 1_000), ("listing_sold", "matured", 1_000)]
        assert books(scout) == (1_000, 0, 0, 1_000)


def sold_by_a_recruit(world: World, scout: Scout) -> Order:
    """A completed order whose two sellers the scout brought, with a bounty for each listing."""
    order = world.order(50_000, 20_000, currency="INR")
    for part in world.fulfilments(order):
        set_referral(recruit=part.seller, scout=scout, source=Source.CODE, actor="x", reason="", at=world.at)
    world.later(minutes=1)
    world.pay(world.start(order))
    world.hear()
    world.hand_over(order)
    world.complete(order)
    world.work()
    assert books(scout) == (2_000, 0, 0, 2_000)
    return order
