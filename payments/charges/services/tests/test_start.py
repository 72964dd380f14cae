"""Starting a payment: one object at the gateway, whatever becomes of the answer."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from config.calls.models import GatewayCall
from config.calls.services import OpenCallExists
from config.kernel.errors import Refused
from orders.order.models import Order
from orders.tests.factories import force, item, make_order, make_product
from payments.charges.models import Payment
from payments.charges.services.start import (
    AmountTooSmall,
    GatewayDown,
    GatewayNotOffered,
    OrderNotPayable,
    OutcomeUnknown,
    PaymentInProgress,
    PaymentRefused,
    ReservationOver,
    start_payment,
)
from payments.tests.walking import everything
from payments.tests.world import BUYER, World

pytestmark = pytest.mark.django_db(transaction=True)
INTENTS = "/v1/payment_intents"


def the_call() -> GatewayCall:
    return GatewayCall.objects.get(operation="payment.create")


class TestStart:
    def test_makes_one_object_that_carries_our_ids(self, world: World) -> None:
        order = world.order(10_000, 3_333)
        started = world.start(order)
        payment, call = started.payment, the_call()
        order.refresh_from_db()
        (intent,) = world.objects("payment_intent", order=order.public_id)
        assert intent["metadata"] == {
            "payment": payment.public_id, "call": call.public_id, "order": order.public_id
        }  # fmt: skip
        assert (intent["id"], intent["amount"], intent["currency"]) == (payment.gateway_payment_id, 13_333, "usd")
        assert (payment.status, order.payment_status, order.open_attempts) == ("pending", "processing", 1)
        assert (call.status, call.external_id, call.actor) == ("succeeded", intent["id"], BUYER)
        assert world.sandbox.control.requests(key=call.public_id)["count"] == 1
        assert started.client_secret == intent["client_secret"]
        assert world.moved(order, "captured") == (0, 0)

    def test_asks_for_what_is_due_and_nothing_else(self, world: World) -> None:
        yen = make_order(item(make_product(prices={"JPY": 700}), 3), currency="JPY", at=world.at)
        world.start(yen)
        (intent,) = world.objects("payment_intent", order=yen.public_id)
        assert (intent["amount"], intent["currency"], intent["capture_method"]) == (2_100, "jpy", "automatic_async")

    def test_may_capture_later(self, world: World) -> None:
        order = world.order()
        world.start(order, capture_manually=True)
        (intent,) = world.objects("payment_intent", order=order.public_id)
        assert intent["capture_method"] == "manual"

    def test_may_send_the_customer_to_the_gateways_own_page(self, world: World) -> None:
        order = world.order()
        started = world.start(order, hosted=True)
        (session,) = world.objects("checkout.session", order=order.public_id)
        assert (session["id"], session["url"]) == (started.payment.gateway_order_id, started.redirect_url)
        assert started.payment.gateway_payment_id is None
        assert session["expires_at"] >= order.reserved_until.timestamp()

    def test_keeps_no_secret_of_the_customer(self, world: World) -> None:
        secret = world.start(world.order()).client_secret
        assert secret
        assert secret not in str(Payment.objects.values().get())
        assert secret.encode() not in bytes(the_call().answer or b"")


def paid(world: World, order: Order) -> None:
    del world
    force(order, "paid")


def cancelled(world: World, order: Order) -> None:
    del world
    force(order, "cancelled")


def over(world: World, order: Order) -> None:
    del order
    world.later(minutes=30)


def tried(world: World, order: Order) -> None:
    world.start(order)


class TestRefusals:
    @pytest.mark.parametrize(
        ("before", "arguments", "error"),
        [
            (paid, {}, OrderNotPayable),
            (cancelled, {}, OrderNotPayable),
            (over, {}, ReservationOver),
            (tried, {}, PaymentInProgress),
            (None, {"account": "paypal"}, GatewayNotOffered),
        ],
    )
    @pytest.mark.broken_books
    def test_write_nothing_and_send_nothing(
        self, world: World, before: Any, arguments: dict[str, Any], error: type[Refused]
    ) -> None:
        order = world.order()
        if before:
            before(world, order)
        rows, sent = everything(), world.requests("POST", INTENTS)
        given = {"account": "stripe", **arguments}
        with pytest.raises(error):
            start_payment(order_id=order.public_id, actor=BUYER, at=world.at, **given)
        assert everything() == rows
        assert world.requests("POST", INTENTS) == sent

    def test_an_amount_that_the_gateway_does_not_take(self, world: World) -> None:
        order = world.order(49)
        rows = everything()
        with pytest.raises(AmountTooSmall):
            world.start(order)
        assert everything() == rows
        assert world.requests("POST", INTENTS) == 0


class TestLostAnswer:
    def test_is_unknown_and_blocks_whatever_could_pay_twice(self, world: World) -> None:
        order = world.order()
        world.lose_answer(INTENTS)
        with pytest.raises(OutcomeUnknown):
            world.start(order)
        payment, call = world.payment(order), the_call()
        assert (call.status, payment.status, payment.gateway_payment_id) == ("unknown", "created", None)
        for _ in range(2):
            with pytest.raises((PaymentInProgress, OpenCallExists)):
                world.start(order)
        assert (Payment.objects.count(), GatewayCall.objects.count()) == (1, 1)
        assert len(world.objects("payment_intent")) == 1

    @pytest.mark.parametrize("executed", [True, False], ids=["executed", "not executed"])
    def test_is_asked_about_and_nothing_is_made_twice(self, world: World, executed: bool) -> None:
        order = world.order()
        (world.lose_answer if executed else world.refuse)(INTENTS)
        with pytest.raises(OutcomeUnknown):
            world.start(order)
        world.outlast(seconds=11)
        world.work()
        payment, call = world.payment(order), the_call()
        (intent,) = world.objects("payment_intent")
        assert (call.status, payment.status, payment.gateway_payment_id) == ("succeeded", "pending", intent["id"])
        world.confirm(payment)
        world.hear()
        order.refresh_from_db()
        assert (order.status, world.moved(order, "captured")) == ("paid", (1, 10_000))

    def test_is_found_out_by_a_webhook_too(self, world: World) -> None:
        """The object says whose it is: no need to wait for the question."""
        order = world.order()
        world.lose_answer(INTENTS)
        with pytest.raises(OutcomeUnknown):
            world.start(order)
        (intent,) = world.objects("payment_intent")
        world.sandbox.control.stripe(f"payment_intents/{intent['id']}/confirm", payment_method="pm_card_visa")
        world.hear()
        order.refresh_from_db()
        assert (order.status, the_call().status) == ("paid", "succeeded")
        assert world.payment(order).gateway_payment_id == intent["id"]


class TestNotExecuted:
    def test_leaves_the_order_payable(self, world: World) -> None:
        order = world.order()
        world.fail(INTENTS, status=429, type="invalid_request_error", code="rate_limit")
        with pytest.raises(GatewayDown):
            world.start(order)
        payment, call = world.payment(order), the_call()
        assert (call.status, payment.status, payment.failure_code) == ("not_executed", "failed", "rate_limit")
        assert payment.closed_at is not None
        assert world.start(order).payment.status == "pending"
        assert len(world.objects("payment_intent")) == 1

    def test_refused_credentials_are_told_to_a_person_and_block_nothing(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        order = world.order()
        world.fail(INTENTS, status=401, type="invalid_request_error", message="Invalid API Key provided")
        with caplog.at_level(logging.ERROR), pytest.raises(GatewayDown):
            world.start(order)
        assert "the gateway refuses our credentials" in caplog.text
        assert (the_call().status, the_call().error_code) == ("not_executed", "gateway_misconfigured")
        order.refresh_from_db()
        assert order.payment_status == "unpaid"
        assert world.start(order).payment.status == "pending"


class TestDeclined:
    def test_is_recorded_and_leaves_the_order_payable(self, world: World) -> None:
        order = world.order()
        world.fail(INTENTS, status=400, type="invalid_request_error", code="parameter_unknown", message="no such thing")
        with pytest.raises(PaymentRefused, match="parameter_unknown"):
            world.start(order)
        payment, call = world.payment(order), the_call()
        order.refresh_from_db()
        assert (call.status, payment.status, payment.failure_code) == ("declined", "failed", "parameter_unknown")
        assert (order.status, order.payment_status, order.open_attempts) == ("pending_payment", "unpaid", 0)
        world.start(order)
