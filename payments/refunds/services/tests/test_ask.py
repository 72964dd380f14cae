"""Asking about lost refunds: never given twice, and only long absence proves that one was never made."""

from __future__ import annotations

import pytest

from config.calls.models import GatewayCall
from orders.order.models import Order
from payments.escrow.services.sweeps import time_out_due
from payments.refunds.models import Refund
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
REFUNDS = "/v1/refunds"


@pytest.fixture
def order(world: World) -> Order:
    """A refund was sent; whether it was made, nobody knows. (It was not.)"""
    order = world.paid_order(10_000)
    assert time_out_due(at=world.later(minutes=61)).done == 1
    world.refuse(REFUNDS)
    world.work()
    assert state() == ("sending", "unknown")
    return order


def state() -> tuple[str, str]:
    return Refund.objects.get().status, GatewayCall.objects.filter(operation="refund.create").latest("pk").status


class TestAskRefund:
    def test_looks_first_and_sends_the_same_to_the_letter_then(self, world: World, order: Order) -> None:
        world.outlast(seconds=11)
        world.work()
        call = GatewayCall.objects.get(operation="refund.create")
        seen = world.sandbox.control.requests(key=call.public_id, method="POST")["requests"]
        assert len({str(sorted(request["params"].items())) for request in seen}) == 1
        assert state() == ("succeeded", "succeeded")

    def test_a_resend_that_was_not_executed_says_nothing_of_the_first(self, world: World, order: Order) -> None:
        """The first request may still be on its way; only long absence is proof."""
        world.fail(REFUNDS, status=429, code="rate_limit")
        world.outlast(seconds=11)
        world.work()
        assert state() == ("sending", "unknown")
        assert GatewayCall.objects.get(operation="refund.create").absences == 0, "it was just sent again"

    def test_absent_twice_and_long_after_it_was_never_made_and_is_sent_again(self, world: World, order: Order) -> None:
        world.sandbox.control.fault("error", method="POST", path=REFUNDS, status=429, stored=False, count=2)
        for delay in (11, 61, 301, 901):
            world.later(seconds=delay)
            world.work()
            assert state() == ("sending", "unknown")
        world.later(seconds=1_801)
        world.work()
        assert state() == ("succeeded", "succeeded"), "the job that sends it again runs at once"
        assert world.moved(order, "refunded") == (1, 10_000)
        assert len(world.objects("refund")) == 1

    def test_an_error_that_the_gateway_keeps_under_the_key_does_not_block_it_for_a_day(self, world: World) -> None:
        order = world.paid_order(10_000)
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.sandbox.control.fault("error", method="POST", path=REFUNDS, status=500, stage="before", stored=True)
        world.work()
        for delay in (11, 61, 301, 901, 1_801):
            assert state() == ("sending", "unknown")
            world.later(seconds=delay)
            world.work()
        assert state() == ("succeeded", "succeeded")
        assert world.moved(order, "refunded") == (1, 10_000)
        keys = set(GatewayCall.objects.filter(operation="refund.create").values_list("status", flat=True))
        assert keys == {"not_executed", "succeeded"}, "under a key of its own"

    def test_a_resend_that_made_it_and_lost_its_answer_is_found(self, world: World, order: Order) -> None:
        world.lose_answer(REFUNDS)
        world.outlast(seconds=11)
        world.work()
        assert state() == ("sending", "unknown")
        world.later(seconds=61)
        world.work()
        assert state() == ("succeeded", "succeeded")
        assert world.moved(order, "refunded") == (1, 10_000)

    def test_after_the_gateway_forgot_the_key_it_only_looks(self, world: World, order: Order) -> None:
        sent = world.requests("POST", REFUNDS)
        world.later(hours=21)
        world.work()
        assert world.requests("POST", REFUNDS) == sent
        assert state() == ("sending", "unknown")
        world.later(minutes=2)
        world.work()
        assert state() == ("succeeded", "succeeded")
        assert world.moved(order, "refunded") == (1, 10_000)

    def test_a_refusal_of_the_resend_is_a_refusal(self, world: World, order: Order) -> None:
        world.fail(REFUNDS, status=400, type="invalid_request_error", code="charge_disputed")
        world.outlast(seconds=11)
        world.work()
        assert state() == ("failed", "declined")

    def test_a_gateway_that_does_not_answer_is_asked_again(self, world: World, order: Order) -> None:
        world.refuse(REFUNDS, method="GET")
        world.outlast(seconds=11)
        world.work()
        call = GatewayCall.objects.get(operation="refund.create")
        assert (state(), call.absences, call.state) == (("sending", "unknown"), 0, "due")
        world.later(minutes=2)
        world.work()
        assert state() == ("succeeded", "succeeded")

    @pytest.mark.parametrize(("said", "refund"), [("pending", "pending"), ("failed", "failed")])
    def test_what_was_made_is_found_as_it_stands(self, world: World, said: str, refund: str) -> None:
        world.paid_order(10_000)
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.sandbox.control.stripe("rules", refund_status=said, refund_count=1)
        world.lose_answer(REFUNDS)
        world.work()
        world.outlast(seconds=11)
        world.work()
        assert state()[0] == refund
        assert len(world.objects("refund")) == 1


class TestWhatBecame:
    """A refund that the gateway had not decided, and whose event never came."""

    @pytest.fixture
    def pending(self, world: World) -> Order:
        order = world.paid_order(10_000)
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.sandbox.control.stripe("rules", refund_status="pending", refund_count=1)
        world.hear()
        world.hear()
        assert state() == ("pending", "pending")
        return order

    def decide(self, world: World, verb: str) -> None:
        """At the gateway; nobody tells us."""
        (made,) = world.objects("refund")
        world.sandbox.control.stripe(f"refunds/{made['id']}/{verb}")
        world.delivered.update(event["id"] for event in world.new_events())

    @pytest.mark.parametrize(("verb", "refund", "call"), [("succeed", "succeeded", "succeeded"),
                                                          ("fail", "failed", "declined")])  # fmt: skip
    def test_is_asked_for_after_an_hour(self, world: World, pending: Order, verb: str, refund: str, call: str) -> None:
        self.decide(world, verb)
        world.later(minutes=59)
        world.work()
        assert state() == ("pending", "pending")
        world.later(minutes=2)
        world.work()
        assert state() == (refund, call)
        pending.refresh_from_db()
        assert pending.payment_status == ("refunded" if refund == "succeeded" else "paid")
        assert GatewayCall.objects.get(operation="refund.create").state == "done"

    def test_is_asked_again_later_while_it_is_not_decided(self, world: World, pending: Order) -> None:
        world.later(hours=2)
        world.work()
        assert state() == ("pending", "pending")
        self.decide(world, "succeed")
        world.later(hours=5)
        world.work()
        assert state() == ("pending", "pending")
        world.later(hours=2)
        world.work()
        assert state() == ("succeeded", "succeeded")

    def test_one_that_an_event_told_is_not_asked_about(self, world: World, pending: Order) -> None:
        (made,) = world.objects("refund")
        world.sandbox.control.stripe(f"refunds/{made['id']}/succeed")
        world.hear()
        assert state() == ("succeeded", "succeeded")
        looked = world.requests("GET", "/v1/refunds/*")
        world.later(days=40)
        world.work()
        assert world.requests("GET", "/v1/refunds/*") == looked
