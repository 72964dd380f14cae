"""A refund that failed is made anew: under a new key and mark, once, whatever is still told of the one that failed."""

from __future__ import annotations

import pytest

from config.calls.models import GatewayCall
from config.kernel.errors import Refused
from config.outbox.models import OutboxJob
from orders.order.models import Order
from payments.escrow.services.sweeps import time_out_due
from payments.ledger.queries import balance_minor
from payments.refunds.models import FormerRefund, Refund
from payments.refunds.queries import mark_of
from payments.refunds.services.again import send_again
from payments.refunds.services.send import send_approved
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
REFUNDS = "/v1/refunds"


def failed(world: World, order: Order) -> Refund:
    """A refund of the machine that succeeded and bounced."""
    assert time_out_due(at=world.later(minutes=61)).done == 1
    world.hear()
    world.hear()
    refund = Refund.objects.get(payment__order=order)
    assert refund.status == "succeeded"
    world.sandbox.control.stripe(f"refunds/{refund.gateway_refund_id}/fail", reason="expired_or_canceled_card")
    world.hear()
    refund.refresh_from_db()
    assert (refund.status, refund.bounces) == ("failed", 1)
    return refund


@pytest.fixture
def order(world: World) -> Order:
    return world.paid_order(10_000)


@pytest.fixture
def refund(world: World, order: Order) -> Refund:
    return failed(world, order)


def again(world: World, refund: Refund) -> None:
    send_again(refund_pk=refund.pk, actor="user:finance", reason="the card is renewed", at=world.at)


class TestSendAgain:
    def test_makes_another_refund_at_the_gateway(self, world: World, order: Order, refund: Refund) -> None:
        old = refund.gateway_refund_id
        again(world, refund)
        world.work()
        refund.refresh_from_db()
        assert (refund.status, refund.sendings, refund.bounces) == ("succeeded", 2, 1)
        assert refund.gateway_refund_id not in (None, old)
        assert FormerRefund.objects.get().gateway_refund_id == old
        (made,) = world.objects("refund", refund=mark_of(refund))
        assert made["id"] == refund.gateway_refund_id
        keys = GatewayCall.objects.filter(operation="refund.create").values_list("public_id", flat=True)
        assert len(set(keys)) == 2
        assert world.moved(order, "refunded") == (2, 20_000)
        assert world.moved(order, "refund_returned") == (1, 10_000)
        assert balance_minor("refunds", currency="USD") == 0

    def test_what_is_told_of_the_one_that_failed_changes_nothing(self, world: World, refund: Refund) -> None:
        again(world, refund)
        old = [event for event in world.all_events() if event["data"]["object"].get("object") == "refund"]
        world.deliver(old)  # before the new one is made
        world.work()
        world.hear()
        before = everything()
        world.hear(world.all_events()[::-1])
        assert everything() == before
        assert Refund.objects.get().status == "succeeded"

    def test_a_lost_answer_is_asked_about_by_its_own_mark(self, world: World, order: Order, refund: Refund) -> None:
        """The refund that failed still stands at the gateway with our id: it must not pass for the new one."""
        again(world, refund)
        world.refuse(REFUNDS)
        world.work()
        refund.refresh_from_db()
        assert refund.status == "sending"
        world.outlast(seconds=301)
        world.work()
        refund.refresh_from_db()
        assert (refund.status, world.moved(order, "refunded")) == ("succeeded", (2, 20_000))

    def test_one_that_fails_again_can_be_sent_again(self, world: World, order: Order, refund: Refund) -> None:
        again(world, refund)
        world.hear()
        refund.refresh_from_db()
        world.sandbox.control.stripe(f"refunds/{refund.gateway_refund_id}/fail", reason="expired_or_canceled_card")
        world.hear()
        again(world, refund)
        world.hear()
        refund.refresh_from_db()
        assert (refund.status, refund.sendings, refund.bounces) == ("succeeded", 3, 2)
        assert balance_minor("refunds", currency="USD") == 0

    def test_twice_asked_is_once_made(self, world: World, order: Order, refund: Refund) -> None:
        again(world, refund)
        again(world, refund)
        world.work()
        assert world.moved(order, "refunded") == (2, 20_000)

    def test_a_job_that_runs_twice_makes_it_once(self, world: World, order: Order, refund: Refund) -> None:
        """Its worker died after the call was declined, before the job was stamped."""
        again(world, refund)
        world.fail(REFUNDS, status=400, code="charge_already_refunded")
        world.work()
        refund.refresh_from_db()
        assert refund.status == "failed"
        job = OutboxJob.objects.filter(payload__again=2).get()
        send_approved(job.payload, world.at)
        assert world.moved(order, "refunded") == (1, 10_000)

    def test_one_that_the_gateway_made_and_we_did_not_is_sent_again_by_us(self, world: World, order: Order) -> None:
        """Refunded in the dashboard, bounced: still owed."""
        outside = world.refund_outside(order, 4_000)
        world.hear()
        world.sandbox.control.stripe(f"refunds/{outside}/fail", reason="expired_or_canceled_card")
        world.hear()
        refund = Refund.objects.get()
        again(world, refund)
        world.hear()
        world.hear(world.all_events())
        refund.refresh_from_db()
        assert (refund.status, refund.cause, Refund.objects.count()) == ("succeeded", "external", 1)

    def test_only_what_failed(self, world: World, order: Order) -> None:
        assert time_out_due(at=world.later(minutes=61)).done == 1
        before = everything()
        with pytest.raises(Refused) as raised:
            again(world, Refund.objects.get())
        assert raised.value.code == "refund_not_failed"
        assert everything() == before
