"""What a gateway says of a payment moves its label by the table, in whatever order it is told."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.inbox.models import WebhookEvent
from orders.order.models import Order
from payments.charges.models import Payment
from payments.charges.services.close import expire_reservation
from payments.charges.services.start import OutcomeUnknown
from payments.refunds.models import Refund
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
SEQUENCES = 12  # orders of arrival that are tried of each course, spread over all there are


def ending(world: World, order: Order) -> tuple[Any, ...]:
    """All that must not depend on the order of arrival."""
    order.refresh_from_db()
    payment = world.payment(order)
    return (
        order.status, order.payment_status, order.open_attempts, payment.status, payment.is_processing,
        payment.captured_minor, payment.method, payment.last4, tuple(hold.status for hold in world.holds(order)),
    )  # fmt: skip


def declined_then_paid(world: World, payment: Payment) -> None:
    world.confirm(payment, "pm_card_chargeDeclined")
    world.confirm(payment)


def bank_refuses(world: World, payment: Payment) -> None:
    world.confirm(payment, "pm_usBankAccount")
    world.at_gateway(payment, "finish", succeeds=False)


def bank_refuses_then_card(world: World, payment: Payment) -> None:
    bank_refuses(world, payment)
    world.confirm(payment)


def authenticates(world: World, payment: Payment) -> None:
    world.confirm(payment, "pm_card_threeDSecureRequired")
    world.at_gateway(payment, "authenticate", succeeds=True)


def fails_to_authenticate(world: World, payment: Payment) -> None:
    world.confirm(payment, "pm_card_threeDSecureRequired")
    world.at_gateway(payment, "authenticate", succeeds=False)


COURSES: dict[Callable[[World, Payment], None], tuple[str, str]] = {
    declined_then_paid: ("paid", "captured"),
    bank_refuses: ("pending_payment", "failed"),
    bank_refuses_then_card: ("paid", "captured"),
    authenticates: ("paid", "captured"),
    fails_to_authenticate: ("pending_payment", "failed"),
}


class TestAnyOrder:
    @pytest.mark.parametrize("course", list(COURSES))
    def test_of_the_events_leads_to_the_same_end(self, world: World, course: Callable[[World, Payment], None]) -> None:
        ends = set()
        kinds: list[str] = []
        for sequence in itertools.count():
            order = world.order(10_000)
            course(world, world.start(order).payment)
            events = [event for event in world.new_events() if event["type"] != "payment_intent.created"]
            orders_of_arrival = list(itertools.permutations(range(len(events))))
            if sequence == 0:
                kinds = [event["type"] for event in events]
            if sequence == min(len(orders_of_arrival), SEQUENCES):
                break
            step = max(1, len(orders_of_arrival) // SEQUENCES)
            for position in orders_of_arrival[(sequence * step) % len(orders_of_arrival)]:
                world.hear([events[position]])
            ends.add(ending(world, order))
        assert len(ends) == 1, (kinds, ends)
        assert (next(iter(ends))[0], next(iter(ends))[3]) == COURSES[course]

    def test_of_an_authorization_that_is_let_go(self, world: World) -> None:
        """The last word of the gateway is `canceled`, also where `authorized` is told after it."""
        ends = set()
        for backwards in (False, True):
            order = world.order(10_000)
            world.pay(world.start(order, capture_manually=True))
            events = world.new_events()
            if not backwards:
                world.hear(events)
            payment = world.payment(order)
            world.sandbox.control.stripe(f"payment_intents/{payment.gateway_payment_id}/expire")
            later = world.new_events()
            world.hear([event for event in later if event["type"] == "payment_intent.canceled"])
            world.hear()
            order.refresh_from_db()
            ends.add((world.payment(order).status, world.payment(order).closed_at is not None, order.open_attempts))
        assert ends == {("expired", True, 0)}

    def test_an_event_that_would_go_back_is_looked_up_and_one_that_leads_on_is_believed(self, world: World) -> None:
        order = world.order(10_000)
        bank_refuses(world, world.start(order).payment)
        events = {event["type"]: event for event in world.new_events()}
        world.hear([events["payment_intent.processing"], events["payment_intent.payment_failed"]])
        assert world.requests("GET", "/v1/payment_intents/*") == 0
        WebhookEvent.objects.filter(type="payment_intent.processing").update(state="due")
        world.work()
        assert world.requests("GET", "/v1/payment_intents/*") == 1
        assert world.payment(order).status == "failed"

    def test_a_true_way_back_is_gone(self, world: World) -> None:
        """The customer tries a bank after a declined card: failed, and pending again."""
        order = world.order(10_000)
        payment = world.start(order).payment
        world.confirm(payment, "pm_card_chargeDeclined")
        world.hear()
        assert world.payment(order).status == "failed"
        world.confirm(payment, "pm_usBankAccount")
        world.hear()
        payment.refresh_from_db()
        order.refresh_from_db()
        assert (payment.status, payment.is_processing, order.payment_status) == ("pending", True, "processing")

    def test_an_authorization_may_be_the_first_that_is_heard_of_an_object(self, world: World) -> None:
        """The answer to making it was lost, and with it that it was ever pending."""
        order = world.order(10_000)
        world.lose_answer("/v1/payment_intents")
        with pytest.raises(OutcomeUnknown):
            world.start(order, capture_manually=True)
        (intent,) = world.objects("payment_intent")
        world.sandbox.control.stripe(f"payment_intents/{intent['id']}/confirm", payment_method="pm_card_visa")
        world.hear()
        payment = world.payment(order)
        assert (payment.status, payment.gateway_payment_id) == ("authorized", intent["id"])
        moves = AuditEntry.objects.filter(subject_id=payment.public_id, act="move").order_by("pk")
        assert list(moves.values_list("to_state", flat=True)) == ["pending", "authorized"]


class TestFailure:
    def test_is_recorded_with_its_reason_and_leaves_the_order_payable(self, world: World) -> None:
        order = world.order(10_000)
        payment = world.start(order).payment
        world.confirm(payment, "pm_card_chargeDeclinedExpiredCard")
        world.hear()
        payment.refresh_from_db()
        order.refresh_from_db()
        assert (payment.failure_code, "expired" in payment.failure_detail) == ("expired_card", True)
        assert (order.status, order.payment_status, order.open_attempts) == ("pending_payment", "unpaid", 0)
        entry = AuditEntry.objects.get(subject_id=payment.public_id, to_state="failed")
        assert (entry.from_state, entry.reason, entry.actor) == ("pending", "expired_card", "gateway:stripe")


class TestHostedSessions:
    def test_a_completed_one_pays_the_order(self, world: World) -> None:
        order = world.order(10_000)
        started = world.start(order, hosted=True)
        world.pay_hosted(started)
        world.hear()
        order.refresh_from_db()
        payment = world.payment(order)
        assert (order.status, payment.status, payment.last4) == ("paid", "captured", "4242")
        assert payment.gateway_payment_id is not None
        assert world.moved(order, "captured") == (1, 10_000)

    def test_the_session_alone_is_enough(self, world: World) -> None:
        """Its PaymentIntent's own events may be late or not subscribed to at all."""
        order = world.order(10_000)
        world.pay_hosted(world.start(order, hosted=True))
        world.hear([event for event in world.new_events() if event["type"] == "checkout.session.completed"])
        order.refresh_from_db()
        assert order.status == "paid"
        world.hear()
        assert world.payment(order).captured_minor == 10_000

    def test_and_so_is_its_payment_intent(self, world: World) -> None:
        order = world.order(10_000)
        started = world.start(order, hosted=True)
        world.pay_hosted(started)
        world.hear([event for event in world.new_events() if event["type"] == "payment_intent.succeeded"])
        order.refresh_from_db()
        assert order.status == "paid"
        payment = world.payment(order)
        assert (payment.gateway_order_id, payment.captured_minor) == (started.payment.gateway_order_id, 10_000)

    @pytest.mark.parametrize("succeeds", [True, False])
    def test_a_bank_answers_later(self, world: World, succeeds: bool) -> None:
        order = world.order(10_000)
        world.pay_hosted(world.start(order, hosted=True), "pm_usBankAccount")
        world.hear()
        order.refresh_from_db()
        payment = world.payment(order)
        assert (payment.status, payment.is_processing, order.status) == ("pending", True, "pending_payment")
        world.at_gateway(payment, "finish", succeeds=succeeds)
        told = [event for event in world.new_events() if event["type"].startswith("checkout.session.async_payment_")]
        assert [event["type"] for event in told] == [
            f"checkout.session.async_payment_{'succeeded' if succeeds else 'failed'}"
        ]
        world.hear(told)
        order.refresh_from_db()
        assert (order.status, world.payment(order).status) == (
            ("paid", "captured") if succeeds else ("pending_payment", "failed")
        )
        world.hear()
        assert ending(world, order)[0] == ("paid" if succeeds else "pending_payment")

    def test_an_expired_one_can_take_nothing_more(self, world: World) -> None:
        order = world.order(10_000)
        started = world.start(order, hosted=True)
        world.sandbox.control.stripe(f"sessions/{started.payment.gateway_order_id}/expire")
        world.hear()
        payment = world.payment(order)
        assert (payment.status, payment.closed_at is not None) == ("expired", True)
        sent = world.requests("POST", "*")
        world.later(minutes=31)
        assert expire_reservation(order_pk=order.pk, at=world.at)
        assert world.requests("POST", "*") == sent

    def test_a_declined_card_on_the_page_can_be_tried_again_there(self, world: World) -> None:
        order = world.order(10_000)
        started = world.start(order, hosted=True)
        world.pay_hosted(started, "pm_card_chargeDeclined")
        world.hear()
        assert world.payment(order).status == "failed"
        world.pay_hosted(started)
        world.hear()
        order.refresh_from_db()
        assert (order.status, Refund.objects.count()) == ("paid", 0)
