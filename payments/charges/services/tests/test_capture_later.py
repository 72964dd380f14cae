"""Capturing an authorization: once, and only for an order that waits for it."""

from __future__ import annotations

import pytest

from config.calls.models import GatewayCall
from config.calls.services import OpenCallExists
from orders.order.models import Order
from orders.tests.factories import force
from payments.charges.services.capture_later import NotAuthorized, capture_after_all, capture_payment
from payments.charges.services.close import expire_reservation
from payments.ledger.models import LedgerEntry
from payments.refunds.models import Refund
from payments.tests.razorpay_world import RazorpayWorld
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
CAPTURE = "/v1/payment_intents/*/capture"


@pytest.fixture
def order(world: World) -> Order:
    order = world.order(10_000)
    world.pay(world.start(order, capture_manually=True))
    world.hear()
    order.refresh_from_db()
    return order


def capture(world: World, order: Order) -> str:
    outcome = capture_payment(
        payment_id=world.payment(order).public_id, actor="user:ops", reason="checked", at=world.at
    )
    order.refresh_from_db()
    return outcome


class TestAuthorized:
    def test_is_no_money_yet(self, world: World, order: Order) -> None:
        payment = world.payment(order)
        assert (payment.status, payment.captured_minor, order.status, order.payment_status) == (
            "authorized", 0, "pending_payment", "processing"
        )  # fmt: skip
        assert payment.authorized_at is not None
        assert (LedgerEntry.objects.count(), world.holds(order)) == (0, [])


class TestCapture:
    def test_takes_the_money_and_pays_the_order(self, world: World, order: Order) -> None:
        assert capture(world, order) == "succeeded"
        assert (order.status, world.payment(order).status) == ("paid", "captured")
        world.hear()
        assert (world.moved(order, "captured"), LedgerEntry.objects.filter(event="capture").count()) == ((1, 10_000), 1)
        call = GatewayCall.objects.get(operation="payment.capture")
        assert (call.status, call.request_facts["reason"]) == ("succeeded", "checked")

    def test_is_booked_once_when_the_webhook_was_faster(self, world: World, order: Order) -> None:
        world.lose_answer(CAPTURE)
        assert capture(world, order) == "unknown"
        world.hear()
        order.refresh_from_db()
        assert order.status == "paid"
        world.outlast(seconds=11)
        world.work()
        assert GatewayCall.objects.get(operation="payment.capture").status == "succeeded"
        assert LedgerEntry.objects.filter(event="capture").count() == 1

    def test_refuses_a_second_one_while_the_first_is_unknown(self, world: World, order: Order) -> None:
        world.lose_answer(CAPTURE)
        assert capture(world, order) == "unknown"
        with pytest.raises(OpenCallExists):
            capture(world, order)
        assert world.moved(order, "captured") == (1, 10_000)

    def test_refuses_what_is_not_authorized(self, world: World, order: Order) -> None:
        capture(world, order)
        before = everything()
        with pytest.raises(NotAuthorized):
            capture(world, order)
        assert everything() == before

    @pytest.mark.broken_books
    def test_refuses_for_an_order_that_waits_no_more(self, world: World, order: Order) -> None:
        force(order, "cancelled")
        before = everything()
        with pytest.raises(NotAuthorized):
            capture(world, order)
        assert everything() == before
        assert world.moved(order, "captured") == (0, 0)

    def test_an_authorization_that_ran_out_takes_nothing(self, world: World, order: Order) -> None:
        world.at_gateway(world.payment(order), "expire")
        assert capture(world, order) == "declined"
        world.hear()
        payment = world.payment(order)
        assert (payment.status, payment.closed_at is not None) == ("expired", True)
        assert (order.status, world.moved(order, "captured")) == ("pending_payment", (0, 0))
        world.later(minutes=31)
        assert expire_reservation(order_pk=order.pk, at=world.at)

    def test_what_was_not_executed_can_be_tried_again(self, world: World, order: Order) -> None:
        world.fail(CAPTURE, status=429, code="lock_timeout")
        assert capture(world, order) == "not_executed"
        assert capture(world, order) == "succeeded"
        assert (order.status, Refund.objects.count()) == ("paid", 0)


class TestCaptureAfterAll:
    """What Razorpay authorised late, and does not capture by itself."""

    def late(self, razorpay: RazorpayWorld) -> Order:
        order = razorpay.order(10_000)
        razorpay.pay(razorpay.start(order), "netbanking")
        razorpay.at_charge(razorpay.payment(order), "fail", reason="payment_timed_out")
        razorpay.hear()
        razorpay.at_charge(razorpay.payment(order), "authorize")
        return order

    def test_takes_it_once(self, razorpay: RazorpayWorld) -> None:
        order = self.late(razorpay)
        razorpay.hear()
        payment = razorpay.payment(order)
        before = everything()
        capture_after_all({"payment": payment.public_id}, razorpay.at)
        assert everything() == before
        assert (payment.status, razorpay.moved(order, "captured")) == ("captured", (1, 10_000))

    def test_what_the_gateway_did_not_take_is_sent_again(self, razorpay: RazorpayWorld) -> None:
        order = self.late(razorpay)
        razorpay.fail("/v1/payments/*/capture", status=429)
        razorpay.hear()
        assert razorpay.payment(order).status == "authorized"
        razorpay.later(minutes=6)
        razorpay.work()
        assert (razorpay.payment(order).status, razorpay.moved(order, "captured")) == ("captured", (1, 10_000))

    def test_a_lost_answer_is_asked_about(self, razorpay: RazorpayWorld) -> None:
        order = self.late(razorpay)
        razorpay.sandbox.control.fault("lost_answer", method="POST", path="/v1/payments/*/capture")
        razorpay.deliver(razorpay.new_events())
        razorpay.work()
        razorpay.later(minutes=5)
        razorpay.work()
        assert (razorpay.payment(order).status, razorpay.moved(order, "captured")) == ("captured", (1, 10_000))

    def test_what_is_captured_by_hand_is_left_to_hands(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.pay(razorpay.start(order, capture_manually=True))
        razorpay.hear()
        capture_after_all({"payment": razorpay.payment(order).public_id}, razorpay.at)
        assert (razorpay.payment(order).status, razorpay.moved(order, "captured")) == ("authorized", (0, 0))
