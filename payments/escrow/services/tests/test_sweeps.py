"""The sweep stands still while a gateway's events lag, and the alarm for money that must leave rings once."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from config.inbox.models import WebhookEvent
from orders.order.models import Order
from orders.tests.together import together
from payments.escrow.models import EscrowHold
from payments.escrow.services.freeze import freeze_hold
from payments.escrow.services.sweeps import alarm_due, time_out_due
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(world: World) -> Order:
    order = world.paid_order(10_000)
    world.later(minutes=61)
    return order


def waiting(world: World, *, received_minutes_ago: float, due_in_minutes: float = 0, state: str = "due") -> None:
    """An event of the gateway that was not handled yet."""
    received_at, due_at = (world.at + timedelta(minutes=minutes) for minutes in (-received_minutes_ago, due_in_minutes))
    WebhookEvent.objects.create(
        source="stripe", account="stripe", event_id=f"evt_{WebhookEvent.objects.count()}", type="charge.updated",
        livemode=False, occurred_at=world.at, body=b"", body_sha256=b"x" * 32, state=state,
        wake_key="x" if state == "parked" else "",
        received_at=received_at, due_at=due_at,
    )  # fmt: skip


class TestInboxLag:
    def test_nothing_is_timed_out_while_an_event_waits_too_long(
        self, world: World, order: Order, caplog: pytest.LogCaptureFixture
    ) -> None:
        waiting(world, received_minutes_ago=11)
        with caplog.at_level(logging.WARNING):
            assert time_out_due(at=world.at).done == 0
        assert "the inbox lags" in caplog.text
        WebhookEvent.objects.filter(type="charge.updated", body=b"").update(state="processed")
        assert time_out_due(at=world.at).done == 1

    def test_an_event_that_failed_and_waits_for_its_next_try_is_waited_for(self, world: World, order: Order) -> None:
        """A younger one that is due sooner does not hide it."""
        waiting(world, received_minutes_ago=30, due_in_minutes=20)
        waiting(world, received_minutes_ago=0)
        assert time_out_due(at=world.at).done == 0

    def test_a_little_lag_is_no_lag(self, world: World, order: Order) -> None:
        waiting(world, received_minutes_ago=9)
        assert time_out_due(at=world.at).done == 1

    @pytest.mark.parametrize("state", ["parked", "dead", "processed"])
    def test_what_waits_for_a_person_or_for_another_object_does_not_stop_the_clock(
        self, world: World, order: Order, state: str
    ) -> None:
        waiting(world, received_minutes_ago=600, state=state)
        assert time_out_due(at=world.at).done == 1

    def test_another_gateways_lag_is_not_ours(self, world: World, order: Order) -> None:
        waiting(world, received_minutes_ago=600)
        WebhookEvent.objects.filter(body=b"").update(source="razorpay")
        assert time_out_due(at=world.at).done == 1


class TestGivenBackByHand:
    def test_what_nobody_delivered_of_it_is_on_the_shelf_again(self, world: World, order: Order) -> None:
        """The whole payment was refunded in the gateway's dashboard: nothing more goes back, and no piece is lost."""
        product = order.lines.get().product
        world.refund_outside(order, 10_000)
        world.hear()
        assert time_out_due(at=world.at).done == 1
        world.hear()
        product.refresh_from_db()
        assert ([part.status for part in world.fulfilments(order)], product.stock) == (["cancelled"], 10)
        assert world.moved(order, "refunded") == (1, 10_000)
        assert time_out_due(at=world.at).done == 0


class TestAlarm:
    def test_rings_once_for_money_that_must_leave_soon(
        self, world: World, order: Order, caplog: pytest.LogCaptureFixture
    ) -> None:
        hold = world.holds(order)[0]
        early = hold.must_leave_by - timedelta(days=7, seconds=1)
        assert alarm_due(at=early).done == 0
        with caplog.at_level(logging.ERROR):
            assert alarm_due(at=early + timedelta(seconds=1)).done == 1
            assert alarm_due(at=early + timedelta(days=1)).done == 0
        rung = [record for record in caplog.records if record.message == "held money must leave soon"]
        assert len(rung) == 1
        hold.refresh_from_db()
        assert hold.alarmed_at == early + timedelta(seconds=1)

    def test_rings_once_also_when_two_sweeps_see_it_at_the_same_time(self, world: World, order: Order) -> None:
        late = world.holds(order)[0].must_leave_by
        swept = together([lambda: alarm_due(at=late)] * 4)
        assert sum(each.done for each in swept) == 1

    def test_rings_for_frozen_money_too(self, world: World, order: Order) -> None:
        hold = world.holds(order)[0]
        freeze_hold(hold_pk=hold.pk, reason="dispute", actor="user:ops", note="", at=world.at)
        assert alarm_due(at=hold.must_leave_by).done == 1

    def test_not_for_money_that_has_left(self, world: World, order: Order) -> None:
        assert time_out_due(at=world.at).done == 1
        assert alarm_due(at=EscrowHold.objects.get().must_leave_by + timedelta(days=1)).done == 0
