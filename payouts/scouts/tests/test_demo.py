"""The demo has a scout whose bounties stand in every state, and is seeded as often as somebody likes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from config.accounts.models import User
from orders.order.models import Order
from payments.demo.people import seed_catalogue, seed_people
from payments.tests.world import World
from payouts.scouts.demo import SCOUT, seed_scout, seed_scouting
from payouts.scouts.models import BountyRate, Referral, Scout
from payouts.scouts.tests.scouting import books, bounties, traces

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scout(world: World) -> Scout:
    seed_people(password="a-long-and-quiet-river", at=world.at)
    seed_catalogue(at=world.at)
    seed_scout(at=world.at)
    return Scout.objects.get(user__email=SCOUT)


class TestSeedScout:
    def test_brings_people_and_sets_rates_once(self, world: World, scout: Scout) -> None:
        assert scout.user.check_password("a-long-and-quiet-river")
        assert Referral.objects.filter(scout=scout).count() == 4
        assert [row.amount_minor for row in BountyRate.objects.order_by("from_at")] == [25_000, 30_000]
        before = traces()
        seed_scout(at=world.later(days=40))
        assert traces() == before
        assert BountyRate.objects.count() == 2


class TestSeedScouting:
    def test_one_bounty_matures_and_one_is_taken_back_once(self, world: World, scout: Scout) -> None:
        said: list[str] = []

        def wait(condition: Callable[[], bool]) -> bool:
            world.later(minutes=1)
            world.hear()
            return condition()

        for _ in range(2):
            seed_scouting(control=world.sandbox.control, say=said.append, wait=wait)
        assert said == []
        assert bounties() == [("first_order", "matured", 25_000), ("first_order", "reversed", 25_000)]
        assert books(scout) == (25_000, 0, 0, 25_000)
        assert Order.objects.count() == 2

    def test_says_what_did_not_come_about(self, world: World, scout: Scout) -> None:
        said: list[str] = []
        seed_scouting(control=world.sandbox.control, say=said.append, wait=lambda condition: condition())
        assert said == ["the bounties of the demo's recruits have not matured yet"]
        assert bounties() == []
        world.hear()
        assert User.objects.get(email=SCOUT).scout == scout
