"""A drill counts what came since it began, and nothing from before."""

from __future__ import annotations

import pytest

from config.kernel import clock
from payments.charges.services.start import OutcomeUnknown
from payments.drills.figures import Figures, figures_since, mark
from payments.tests.world import World, post_event

pytestmark = pytest.mark.django_db


class TestFiguresSince:
    def test_are_nothing_at_first(self, world: World) -> None:
        world.paid_order(10_000)
        since = mark(at=clock.now())
        assert figures_since(since, orders=0, requests_repeated=0, seconds_to_heal=0) == Figures()

    def test_count_events_repetitions_refusals_calls_and_refunds(self, world: World) -> None:
        world.paid_order(10_000)
        since, told_before = mark(at=clock.now()), len(world.all_events())
        order = world.order(5_000)
        world.lose_answer("/v1/payment_intents")
        with pytest.raises(OutcomeUnknown):
            world.start(order)
        world.later(seconds=30)
        world.work()
        world.confirm(world.payment(order))
        events = world.new_events()
        world.hear()
        world.deliver(events[:2])
        post_event(events[0], secret="another")
        world.refund_outside(order, 5_000)
        world.hear()
        found = figures_since(since, orders=1, requests_repeated=3, seconds_to_heal=1.26)
        assert (found.orders, found.requests_repeated, found.seconds_to_heal) == (1, 3, 1.3)
        assert found.events == len(world.all_events()) - told_before
        assert (found.duplicates, found.rejected, found.fetched) == (2, 1, 0)
        assert (found.calls, found.calls_asked, found.refunds) == (1, 1, 1)
