"""Processes that are really killed with -9 in each of the three beats, and the healed end state."""

from __future__ import annotations

import json
import signal
from datetime import timedelta
from typing import Any

import pytest

from config.calls.models import GatewayCall
from config.inbox.models import WebhookEvent
from config.outbox.models import OutboxJob
from orders.order.models import Order
from payments.escrow.services.sweeps import time_out_due
from payments.ledger.models import LedgerEntry
from payments.refunds.models import Refund
from payments.tests.lives import forget_leases
from payments.tests.process import python
from payments.tests.world import BUYER, World

pytestmark = pytest.mark.django_db(transaction=True)


def killed(world: World, act: str, point: str, **arguments: Any) -> None:
    """Runs `act` in a process of its own, which is killed at `point`."""
    order = {
        "act": act, "point": point, "arguments": arguments, "at": world.now().isoformat(),
        "api_base": world.sandbox.stripe_base,
    }  # fmt: skip
    ended = python("-m", "payments.tests.mortal", json.dumps(order))
    assert ended.returncode == -signal.SIGKILL, ended.stdout + ended.stderr


def heal(world: World) -> None:
    """Hours pass: leases end, calls without an answer are asked about, events and jobs are worked off."""
    for _ in range(4):
        forget_leases()
        world.later(minutes=6)
        world.hear()


def nothing_waits() -> bool:
    open_calls = GatewayCall.objects.filter(status__in=["sent", "unknown", "pending"])
    events = WebhookEvent.objects.exclude(state__in=["processed", "ignored"])
    return not (open_calls.exists() or events.exists() or OutboxJob.objects.exclude(state="done").exists())


class TestMakingAPayment:
    @pytest.mark.parametrize(
        ("beat", "call", "objects"),
        [("intended", "sent", 0), ("answered", "sent", 1), ("recorded", "succeeded", 1)],
    )
    def test_leaves_one_object_that_can_be_paid(self, world: World, beat: str, call: str, objects: int) -> None:
        order = world.order(10_000)
        killed(world, "start", f"payment.create.{beat}", order_id=order.public_id, account="stripe", actor=BUYER)
        assert GatewayCall.objects.get().status == call
        assert len(world.objects("payment_intent")) == objects
        heal(world)
        payment = world.payment(order)
        (intent,) = world.objects("payment_intent")
        assert (payment.status, payment.gateway_payment_id) == ("pending", intent["id"])
        world.confirm(payment)
        world.hear()
        order.refresh_from_db()
        assert (order.status, world.moved(order, "captured"), nothing_waits()) == ("paid", (1, 10_000), True)


class TestGivingARefund:
    @pytest.fixture
    def order(self, world: World) -> Order:
        order = world.paid_order(10_000)
        assert time_out_due(at=world.later(minutes=61)).done == 1
        return order

    @pytest.mark.parametrize(
        ("beat", "call", "given"),
        [("intended", "sent", 0), ("answered", "sent", 1), ("recorded", "succeeded", 1)],
    )
    def test_leaves_one_refund(self, world: World, order: Order, beat: str, call: str, given: int) -> None:
        killed(world, "outbox", f"refund.create.{beat}", lane="money")
        assert GatewayCall.objects.get(operation="refund.create").status == call
        assert world.moved(order, "refunded")[0] == given
        heal(world)
        order.refresh_from_db()
        assert (Refund.objects.get().status, order.payment_status) == ("succeeded", "refunded")
        assert (world.moved(order, "refunded"), len(world.objects("refund"))) == ((1, 10_000), 1)
        assert LedgerEntry.objects.filter(event="refund_succeeded").count() == 1
        assert nothing_waits()


class TestBookingACapture:
    def test_leaves_nothing_half_done(self, world: World) -> None:
        """Killed with the capture, its holds, its entry and the event's stamp written and not committed."""
        order = world.order(10_000)
        world.pay(world.start(order))
        world.deliver(world.new_events())
        killed(world, "inbox", "inbox.handled")
        order.refresh_from_db()
        assert (order.status, LedgerEntry.objects.count(), world.holds(order)) == ("pending_payment", 0, [])
        heal(world)
        order.refresh_from_db()
        assert (order.status, LedgerEntry.objects.filter(event="capture").count()) == ("paid", 1)
        assert nothing_waits()

    def test_a_row_that_kills_its_worker_again_and_again_is_put_aside(self, world: World) -> None:
        """Three times, then a person must look; the other events go on."""
        order = world.order(10_000)
        world.pay(world.start(order))
        events = world.new_events()
        poison = next(event for event in events if event["type"] == "payment_intent.succeeded")
        world.deliver([poison])
        for _ in range(3):
            killed(world, "inbox", "inbox.handled")
            forget_leases()
            world.at += timedelta(minutes=11)
        world.hear([event for event in events if event is not poison])
        row = WebhookEvent.objects.get(event_id=poison["id"])
        order.refresh_from_db()
        assert (row.state, row.last_error_code, order.status) == ("dead", "poison", "paid")


class TestSurvivors:
    def test_negative_control_a_process_that_is_not_killed_says_so(self, world: World) -> None:
        order = world.order(10_000)
        arguments = {"order_id": order.public_id, "account": "stripe", "actor": BUYER}
        wish = {"act": "start", "point": "no.such.point", "arguments": arguments, "at": world.now().isoformat(),
                "api_base": world.sandbox.stripe_base}  # fmt: skip
        ended = python("-m", "payments.tests.mortal", json.dumps(wish))
        assert (ended.returncode, ended.stdout.strip().splitlines()[-1]) == (0, "survived"), ended.stderr
        assert world.payment(order).status == "pending"
