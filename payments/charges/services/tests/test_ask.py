"""Asking about lost answers: what was made is found, what was not is known in time, in the end a person is called."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from config.calls.models import GatewayCall
from orders.order.models import Order
from payments.charges.services.capture_later import capture_payment
from payments.charges.services.close import expire_reservation
from payments.charges.services.start import OutcomeUnknown
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
INTENTS = "/v1/payment_intents"


def call() -> GatewayCall:
    return GatewayCall.objects.latest("pk")


@pytest.fixture
def order(world: World) -> Order:
    """An order whose payment was asked for; whether it was made, nobody knows. (It was not.)"""
    order = world.order()
    world.refuse(INTENTS)
    with pytest.raises(OutcomeUnknown):
        world.start(order)
    return order


class TestAskCreate:
    def test_sends_the_same_request_to_the_letter_while_the_gateway_replays_keys(
        self, world: World, order: Order
    ) -> None:
        world.later(minutes=29)
        world.work()
        seen = world.sandbox.control.requests(key=call().public_id)["requests"]
        assert len({str(sorted(request["params"].items())) for request in seen}) == 1
        assert (call().status, world.payment(order).status) == ("succeeded", "pending")
        assert len(world.objects("payment_intent")) == 1

    def test_after_the_reservation_it_only_looks_and_the_stock_is_free_when_nothing_is_found(
        self, world: World, order: Order
    ) -> None:
        """Nobody got the means to pay what had no answer: one lost answer does not keep stock for a day."""
        world.later(minutes=31)
        sent = world.requests("POST", INTENTS)
        world.work()
        assert world.requests("POST", INTENTS) == sent
        assert call().status == "not_executed"
        assert expire_reservation(order_pk=order.pk, at=world.at)

    def test_after_the_gateway_forgot_the_key_it_only_looks(self, world: World, order: Order) -> None:
        """The same request would make a second object by then, however long the stock is kept."""
        Order.objects.filter(pk=order.pk).update(reserved_until=world.at + timedelta(hours=24))
        world.later(hours=20)
        sent = world.requests("POST", INTENTS)
        world.work()
        assert (world.requests("POST", INTENTS), call().status) == (sent, "unknown")

    def test_later_finds_what_was_made(self, world: World) -> None:
        order = world.order()
        world.lose_answer(INTENTS)
        with pytest.raises(OutcomeUnknown):
            world.start(order)
        world.later(hours=21)
        world.work()
        (intent,) = world.objects("payment_intent")
        assert (call().status, world.payment(order).gateway_payment_id) == ("succeeded", intent["id"])

    def test_after_a_day_it_was_never_made_and_the_order_can_end(self, world: World, order: Order) -> None:
        world.later(hours=25)
        world.work()
        payment = world.payment(order)
        assert (call().status, payment.status, payment.closed_at) == ("not_executed", "failed", world.at)
        assert expire_reservation(order_pk=order.pk, at=world.at)
        order.refresh_from_db()
        assert order.status == "expired"

    def test_a_refusal_under_the_same_key_says_that_it_was_never_made(self, world: World, order: Order) -> None:
        world.fail(INTENTS, status=400, type="invalid_request_error", code="parameter_unknown")
        world.outlast(seconds=11)
        world.work()
        assert (call().status, world.payment(order).status) == ("declined", "failed")

    def test_a_gateway_that_does_not_answer_is_asked_again(self, world: World, order: Order) -> None:
        world.refuse(INTENTS)
        world.refuse("/v1/checkout/sessions", method="GET")
        world.outlast(seconds=11)
        world.work()
        assert (call().status, call().state, call().attempts) == ("unknown", "due", 1)
        world.later(minutes=2)
        world.work()
        assert call().status == "succeeded"

    def test_a_person_is_called_when_the_schedule_ends_and_the_debt_stays_blocked(
        self, world: World, order: Order, caplog: pytest.LogCaptureFixture
    ) -> None:
        GatewayCall.objects.update(attempts=14)
        world.fail(INTENTS, status=429, code="rate_limit")
        world.later(minutes=11)
        with caplog.at_level(logging.CRITICAL):
            world.work()
        assert (call().state, call().status, call().case_opened_at) == ("dead", "unknown", world.at)
        assert not expire_reservation(order_pk=order.pk, at=world.at)

    def test_a_process_that_died_before_sending_is_asked_about_as_well(self, world: World) -> None:
        """Its call is `sent` with nobody behind it: after the longest possible call it is unknown like any other."""
        order = world.order()
        world.lose_answer(INTENTS)
        with pytest.raises(OutcomeUnknown):
            world.start(order)
        GatewayCall.objects.update(status="sent", due_at=world.later(minutes=5))
        world.work()
        assert (call().status, world.payment(order).status) == ("succeeded", "pending")


class TestAskPayment:
    @pytest.fixture
    def authorized(self, world: World) -> Order:
        order = world.order()
        world.pay(world.start(order, capture_manually=True))
        world.hear()
        assert world.payment(order).status == "authorized"
        return order

    @pytest.mark.parametrize("executed", [True, False], ids=["executed", "not executed"])
    def test_the_object_says_whether_it_was_captured(self, world: World, authorized: Order, executed: bool) -> None:
        path = f"{INTENTS}/*/capture"
        (world.lose_answer if executed else world.refuse)(path)
        payment = world.payment(authorized)
        assert capture_payment(payment_id=payment.public_id, actor="user:ops", reason="", at=world.at) == "unknown"
        world.outlast(seconds=11)
        world.work()
        authorized.refresh_from_db()
        if executed:
            assert (call().status, authorized.status) == ("succeeded", "paid")
            return
        assert (call().status, authorized.status) == ("not_executed", "pending_payment")
        assert capture_payment(payment_id=payment.public_id, actor="user:ops", reason="", at=world.at) == "succeeded"
        authorized.refresh_from_db()
        assert (authorized.status, world.moved(authorized, "captured")) == ("paid", (1, 10_000))

    @pytest.mark.parametrize("executed", [True, False], ids=["executed", "not executed"])
    def test_the_object_says_whether_it_was_closed(self, world: World, executed: bool) -> None:
        order = world.order()
        world.start(order)
        world.later(minutes=31)
        (world.lose_answer if executed else world.refuse)(f"{INTENTS}/*/cancel")
        assert not expire_reservation(order_pk=order.pk, at=world.at)
        assert not expire_reservation(order_pk=order.pk, at=world.at), "it is unknown: nothing may be tried meanwhile"
        assert GatewayCall.objects.filter(operation="payment.cancel").count() == 1
        world.outlast(seconds=11)
        world.work()
        assert call().status == ("succeeded" if executed else "not_executed")
        assert expire_reservation(order_pk=order.pk, at=world.at)
        assert len(world.objects("payment_intent")) == 1
        assert world.objects("payment_intent")[0]["status"] == "canceled"
