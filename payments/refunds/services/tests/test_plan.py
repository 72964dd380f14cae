"""All that is left is never silently less: where one part may go and another not, whoever asks says what they mean."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orders.order.models import Order
from payments.refunds.services.by_staff import request_refund
from payments.refunds.services.plan import PartsLeftOut, Wish, sources
from payments.refunds.services.tests.test_by_staff import SUPPORT, alone, ask, policy, refused, shares
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def half_over(world: World) -> Order:
    """Two parts that arrived: for the first, of 66.67, the window is over."""
    order = world.paid_order(6_667, 3_333)
    world.hand_over(order)
    part = world.fulfilments(order)[0]
    part.delivered_at = world.at - timedelta(days=31)
    part.save(update_fields=["delivered_at"])
    return order


class TestWithoutAnAmount:
    def test_what_may_go_and_what_not_is_said_and_nothing_moves(self, world: World, half_over: Order) -> None:
        late = world.fulfilments(half_over)[0]
        before = everything()
        with pytest.raises(PartsLeftOut) as raised:
            ask(world, half_over, rules=alone())
        assert raised.value.detail == (
            "33.33 USD (3333 minor units) may go this way: ask for that amount. 66.67 USD may not, of"
            f" {late.public_id}: it was delivered more than 30 days ago"
        )
        assert everything() == before

    def test_the_amount_that_was_told_goes_through(self, world: World, half_over: Order) -> None:
        refund = ask(world, half_over, 3_333, rules=alone())
        assert (refund.status, shares(refund)) == ("approved", [("escrow", 3_333)])
        # Nothing is left that may go: then the reason alone is said.
        assert refused(world, half_over, rules=alone()) == "refund_window_over"

    def test_one_part_is_asked_for_by_its_name(self, world: World, half_over: Order) -> None:
        late, other = world.fulfilments(half_over)
        assert ask(world, half_over, fulfilment=other.public_id).amount_minor == 3_333
        assert refused(world, half_over, 1, fulfilment=late.public_id) == "refund_window_over"

    def test_goodwill_for_an_order_that_arrived_in_part(self, world: World) -> None:
        order = world.paid_order(6_667, 3_333)
        world.hand_over_part(world.fulfilments(order)[1])
        assert refused(world, order, bearer="platform") == "parts_left_out"
        assert shares(ask(world, order, 3_333, bearer="platform")) == [("goodwill", 3_333)]

    def test_a_part_of_which_nothing_is_left_is_not_left_out(self, world: World, half_over: Order) -> None:
        late = world.fulfilments(half_over)[0]
        ask(world, half_over, fulfilment=late.public_id, bearer="platform")
        assert ask(world, half_over).amount_minor == 3_333


class TestWithAnAmount:
    def test_above_what_may_go_it_is_refused(self, world: World, half_over: Order) -> None:
        assert refused(world, half_over, 3_334) == "refund_window_over"
        assert refused(world, half_over, 10_001) == "exceeds_refundable"


class TestSources:
    def test_each_says_what_is_free_of_it_and_whether_it_may_go(self, world: World, half_over: Order) -> None:
        request_refund(
            order_id=half_over.public_id, wish=Wish(1_000), reason="torn", requester=SUPPORT, policy=policy(),
            at=world.at,
        )  # fmt: skip
        found = sources(half_over, world.fulfilments(half_over), policy=policy(), at=world.at)
        assert [(source.part.left_minor, source.verdict.code) for source in found] == [
            (6_667, "refund_window_over"), (2_333, ""),
        ]  # fmt: skip
