"""A scout's payout that was paid after all takes nothing of the bounties that are not theirs yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orders.order.models import Order
from payouts.payout.models import Payout
from payouts.payout.services.observe import observe_payout
from payouts.rails.contract import RailState
from payouts.scouts.models import Scout
from payouts.scouts.tests.scouting import books, bounties, bring, broken, buys, follow, make_scout
from payouts.tests.payout_world import PayoutWorld, a_destination

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]  # orders of these tests are paid by no gateway


def tell(world: PayoutWorld, payout: Payout, state: RailState) -> str:
    view = replace(world.view(payout), state=state)
    return observe_payout(payout=payout, view=view, actor="webhook:test", at=world.at)


def paid_anew(world: PayoutWorld) -> tuple[Scout, Payout, Order]:
    """The first payout of a scout failed and its money went with the next one; another bounty is promised to them."""
    scout = make_scout()
    follow(buys(bring(scout)), "completed")
    a_destination(scout.payee)
    world.fund(1_000_000)
    failed = world.approve(world.freeze(scout.payee))
    world.work()
    tell(world, failed, RailState.FAILED)
    world.approve(world.freeze(scout.payee))
    world.work()
    order = buys(bring(scout))
    follow(order)
    assert books(scout)[:3] == (0, 1_000, 0)
    return scout, failed, order


class TestPaidLate:
    def test_they_owe_it_and_what_was_promised_them_stands(self, payouts: PayoutWorld) -> None:
        scout, failed, _ = paid_anew(payouts)
        assert tell(payouts, failed, RailState.PAID) == "paid_late"
        assert books(scout)[:3] == (0, 1_000, 1_000)
        assert broken() == set()

    @pytest.mark.parametrize(("becomes", "left"), [("completed", (0, 0, 0)), ("refunded", (0, 0, 1_000))])
    def test_the_promised_bounty_goes_its_way_after_it(
        self, payouts: PayoutWorld, becomes: str, left: tuple[int, int, int]
    ) -> None:
        scout, failed, order = paid_anew(payouts)
        tell(payouts, failed, RailState.PAID)
        follow(order, becomes)
        assert books(scout)[:3] == left
        assert bounties(scout=scout)[1][1] == ("matured" if becomes == "completed" else "reversed")
        assert broken() == set()

    def test_what_is_payable_covers_it_first(self, payouts: PayoutWorld) -> None:
        scout, failed, _ = paid_anew(payouts)
        payouts.earn(scout.payee, 400)
        tell(payouts, failed, RailState.PAID)
        assert books(scout)[:3] == (0, 1_000, 600)
