"""Hands wait until something came, and no longer than they are told."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from config.inbox.models import WebhookEvent
from config.kernel import clock
from config.outbox.models import OutboxJob
from payments.drills.hands import InlineHands, RunningHands
from payments.sandbox.testing import Sandbox
from payments.tests.world import World


class TestRunningHands:
    def test_only_look(self) -> None:
        looks: list[int] = []
        hands = RunningHands(within_s=30)
        assert hands.until(lambda: looks.append(1) or len(looks) == 3)  # type: ignore[func-returns-value]
        assert len(looks) == 3

    def test_give_up_when_the_time_is_over(self) -> None:
        began = time.monotonic()
        assert not RunningHands(within_s=60).until(lambda: False, within_s=0.3)
        assert 0.3 <= time.monotonic() - began < 10

    def test_live_in_our_time(self) -> None:
        assert abs(RunningHands().now() - clock.now()) < timedelta(seconds=5)


@pytest.mark.django_db(transaction=True)
class TestInlineHands:
    def test_work_the_queues_off(self, world: World) -> None:
        order = world.order(10_000)
        world.pay(world.start(order))
        world.deliver(world.new_events())
        hands = InlineHands(world.sandbox.control)

        def is_paid() -> bool:
            order.refresh_from_db()
            return order.status == "paid"

        assert hands.until(is_paid)
        assert hands.ahead == timedelta()
        assert not WebhookEvent.objects.filter(state="due").exists()

    def test_move_their_clock_on_to_what_is_due_later(self, sandbox: Sandbox) -> None:
        later = clock.now() + timedelta(minutes=40)
        OutboxJob.objects.create(
            topic="order.paid", listener="orders.order.notices.send_confirmation", fact_key="x", lane="mail",
            payload={"order": "ord_none"}, due_at=later,
        )  # fmt: skip
        hands = InlineHands(sandbox.control)
        assert hands.until(lambda: OutboxJob.objects.get().attempts > 0)
        assert timedelta(minutes=40) <= hands.ahead < timedelta(hours=2)

    def test_give_up_when_their_time_is_over(self, sandbox: Sandbox) -> None:
        hands = InlineHands(sandbox.control, within_s=600)
        assert not hands.until(lambda: False)
        assert hands.ahead > timedelta(minutes=10)

    def test_leave_webhooks_alone_that_are_to_wait(self, sandbox: Sandbox) -> None:
        sandbox.control.pause()
        sandbox.control.stripe("webhook", url="http://127.0.0.1:1/nobody/", secrets=["s"])
        sandbox.control.stripe("events", type="charge.updated", object={"id": "ch_1", "object": "charge"})
        hands = InlineHands(sandbox.control)
        hands.rest(3_600)
        assert sandbox.control.get("deliveries")["counts"] == {"pending": 1}
        assert sandbox.control.get("deliveries")["deliveries"][0]["attempts"] == 0
        sandbox.control.resume()
