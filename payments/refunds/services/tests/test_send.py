"""A refund is sent once, whatever becomes of the answer, and is owed until the buyer has it."""

from __future__ import annotations

import pytest

from config.calls.models import GatewayCall
from config.inbox.processor import process_inbox
from config.kernel.faultpoints import armed
from config.outbox.models import OutboxJob
from orders.order.models import Order
from payments.escrow.services.sweeps import time_out_due
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payments.refunds.models import Refund
from payments.refunds.services.send import send_approved
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
REFUNDS = "/v1/refunds"


@pytest.fixture
def order(world: World) -> Order:
    """Paid and not delivered in time: its refund is approved and not sent yet."""
    order = world.paid_order(10_000)
    assert time_out_due(at=world.later(minutes=61)).done == 1
    assert the_refund().status == "approved"
    return order


def the_refund() -> Refund:
    return Refund.objects.select_related("payment").get()


def the_call() -> GatewayCall:
    return GatewayCall.objects.get(operation="refund.create")


def owed() -> int:
    return -balance_minor("refunds", currency="USD")


class TestSend:
    def test_gives_the_money_back_once(self, world: World, order: Order) -> None:
        assert owed() == 10_000
        world.work()
        refund, call = the_refund(), the_call()
        (made,) = world.objects("refund", refund=refund.public_id)
        assert (refund.status, refund.gateway_refund_id, refund.succeeded_at) == ("succeeded", made["id"], world.at)
        assert (call.status, call.external_id) == ("succeeded", made["id"])
        assert made["metadata"]["call"] == call.public_id
        assert (owed(), world.moved(order, "refunded")) == (0, (1, 10_000))
        assert (refund.payment.refunded_minor, refund.payment.refunding_minor) == (10_000, 0)
        order.refresh_from_db()
        assert (order.status, order.payment_status, order.refunded_minor) == ("cancelled", "refunded", 10_000)

    def test_told_again_it_does_nothing(self, world: World, order: Order) -> None:
        world.work()
        before, sent = everything(), world.requests("POST", REFUNDS)
        send_approved({"refund": the_refund().public_id}, world.at)
        world.hear(world.all_events())
        assert everything() == before
        assert world.requests("POST", REFUNDS) == sent

    def test_a_gateway_that_takes_nothing_now_is_asked_later_under_the_same_key(
        self, world: World, order: Order
    ) -> None:
        world.fail(REFUNDS, status=429, code="rate_limit")
        world.work()
        job = OutboxJob.objects.get(topic="refund.approved")
        assert (the_refund().status, the_call().status, job.last_error_code) == (
            "approved", "not_executed", "refund_not_sent"
        )  # fmt: skip
        key = the_call().public_id
        world.later(minutes=6)
        world.work()
        assert (the_refund().status, the_call().status, the_call().resends) == ("succeeded", "succeeded", 1)
        assert world.sandbox.control.requests(key=key)["count"] == world.requests("POST", REFUNDS) == 2
        assert world.moved(order, "refunded") == (1, 10_000)

    def test_refused_credentials_leave_it_owed_and_due(self, world: World, order: Order) -> None:
        world.fail(REFUNDS, status=401, type="invalid_request_error")
        world.work()
        assert (the_refund().status, the_call().error_code, owed()) == ("approved", "gateway_misconfigured", 10_000)
        world.later(minutes=6)
        world.work()
        assert the_refund().status == "succeeded"

    def test_a_refusal_is_final_for_the_call_and_the_money_stays_owed(self, world: World, order: Order) -> None:
        world.fail(REFUNDS, status=400, type="invalid_request_error", code="charge_disputed", message="disputed")
        world.work()
        refund = the_refund()
        assert (refund.status, refund.failure_code, the_call().status) == ("failed", "charge_disputed", "declined")
        assert (owed(), refund.payment.refunding_minor) == (10_000, 10_000)
        before = everything()
        send_approved({"refund": refund.public_id}, world.at)
        assert everything() == before
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("cancelled", "paid")

    def test_one_that_a_bank_must_decide_waits(self, world: World, order: Order) -> None:
        world.sandbox.control.stripe("rules", refund_status="pending", refund_count=1)
        world.work()
        refund = the_refund()
        assert (refund.status, the_call().status, owed()) == ("pending", "pending", 10_000)
        world.sandbox.control.stripe(f"refunds/{refund.gateway_refund_id}/succeed")
        world.hear()
        assert (the_refund().status, the_call().status, owed()) == ("succeeded", "succeeded", 0)


class TestLostAnswer:
    @pytest.mark.parametrize("executed", [True, False], ids=["executed", "not executed"])
    def test_is_asked_about_and_the_same_refund_is_found(self, world: World, order: Order, executed: bool) -> None:
        (world.lose_answer if executed else world.refuse)(REFUNDS)
        world.work()
        assert (the_refund().status, the_call().status, owed()) == ("sending", "unknown", 10_000)
        world.outlast(seconds=11)
        world.work()
        assert (the_refund().status, the_call().status, owed()) == ("succeeded", "succeeded", 0)
        assert len(world.objects("refund")) == 1
        assert world.moved(order, "refunded") == (1, 10_000)
        assert LedgerEntry.objects.filter(event="refund_succeeded").count() == 1

    def test_is_found_out_by_a_webhook_too(self, world: World, order: Order) -> None:
        world.lose_answer(REFUNDS)
        world.work()
        world.hear()
        assert (the_refund().status, the_call().status, the_call().state) == ("succeeded", "succeeded", "done")
        before = everything()
        world.later(minutes=10)
        world.work()
        assert everything() == before

    def test_blocks_a_second_sending(self, world: World, order: Order) -> None:
        world.lose_answer(REFUNDS)
        world.work()
        send_approved({"refund": the_refund().public_id}, world.at)
        assert GatewayCall.objects.filter(operation="refund.create").count() == 1
        assert len(world.objects("refund")) == 1


class TestWebhookFasterThanTheAnswer:
    @pytest.mark.parametrize("first", ["succeeded", "pending"])
    def test_its_word_stands_and_nothing_is_booked_twice(self, world: World, order: Order, first: str) -> None:
        """The events come while the call is under way; the answer, older by then, changes nothing."""
        if first == "pending":
            world.sandbox.control.stripe("rules", refund_status="pending", refund_count=1)

        def hear_it_all(point: str) -> None:
            if point != "refund.create.answered":
                return
            (made,) = world.objects("refund")
            if first == "pending":
                world.sandbox.control.stripe(f"refunds/{made['id']}/succeed")
            world.deliver(world.new_events())
            process_inbox(now=world.now)
            assert the_refund().status == "succeeded"

        with armed(hear_it_all):
            world.work()
        assert (the_refund().status, the_call().status) == ("succeeded", "succeeded")
        assert set(OutboxJob.objects.filter(topic="refund.approved").values_list("state", flat=True)) == {"done"}
        assert LedgerEntry.objects.filter(event="refund_succeeded").count() == 1
        assert world.moved(order, "refunded") == (1, 10_000)
