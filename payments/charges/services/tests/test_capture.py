"""Captured money is booked once, however often and in whatever order it is told; what no order may take goes back."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from config.inbox.models import WebhookEvent
from config.kernel.money import Money
from config.outbox.models import OutboxJob
from orders.order.models import Order
from orders.tests.factories import policy
from payments.charges.models import Payment
from payments.charges.services.close import cancel_unpaid, close_surplus, expire_reservation
from payments.charges.services.record import CaptureUnexplained, observe_payment
from payments.escrow.models import EscrowHold
from payments.gateways.payment_views import CaptureFact, PaymentState, PaymentView
from payments.gateways.registry import gateway_for
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payments.refunds.models import Refund
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def entries(event: str) -> int:
    return LedgerEntry.objects.filter(event=event).count()


def view_of(payment: Payment) -> PaymentView:
    view = gateway_for("stripe").get_payment(gateway_payment_id=payment.gateway_payment_id or "", session_id="")
    assert view is not None
    return view


def observe(payment: Payment, view: PaymentView, world: World) -> str:
    with transaction.atomic():
        return observe_payment(payment=payment, view=view, actor="test", at=world.at)


def told(payment: Payment, *facts: tuple[str, int, str], **changes: Any) -> PaymentView:
    """A view as no honest gateway of ours would give it, for what only a gateway decides."""
    fields: dict[str, Any] = {
        "gateway_payment_id": payment.gateway_payment_id,
        "session_id": "",
        "our_id": payment.public_id,
        "state": PaymentState.CAPTURED,
        "amount": payment.amount,
        "captures": tuple(
            CaptureFact(charge, Money(minor, currency), payment.created_at) for charge, minor, currency in facts
        ),
        "livemode": False,
        "created_at": payment.created_at,
    }
    return PaymentView(**{**fields, **changes})


class TestBooking:
    @pytest.mark.parametrize(("card", "kept"), [("pm_card_in", ("", "0008")), ("pm_card_visa", ("visa", "4242"))])
    def test_keeps_of_an_indian_card_no_network(self, world: World, card: str, kept: tuple[str, str]) -> None:
        order = world.order(5_000)
        world.pay(world.start(order), card)
        world.hear()
        payment = world.payment(order)
        assert ((payment.network, payment.last4), payment.method) == (kept, "card")
        assert payment.captured_minor == 5_000

    def test_opens_a_hold_per_seller_and_pays_the_order_in_one_commit(self, world: World) -> None:
        order = world.paid_order(10_000, 3_333)
        payment = world.payment(order)
        assert (order.status, order.applied_minor) == ("paid", 13_333)
        assert order.paid_at is not None
        assert [(hold.amount_minor, hold.status) for hold in world.holds(order)] == [(10_000, "held"), (3_333, "held")]
        assert (payment.status, payment.captured_minor, payment.applied_minor) == ("captured", 13_333, 13_333)
        assert (payment.method, payment.network, payment.last4) == ("card", "visa", "4242")
        assert {fulfilment.deliver_by for fulfilment in world.fulfilments(order)} == {
            order.paid_at + timedelta(minutes=60)
        }
        opened = LedgerEntry.objects.get(event="capture")
        assert opened.lines.count() == 3
        written = EscrowHold.objects.filter(fulfilment__order=order).first()
        assert written is not None
        assert written.opened_at == order.paid_at
        assert written.must_leave_by == order.paid_at + timedelta(days=payment.gateway_account.hold_limit_days)

    def test_is_told_three_times_over_and_booked_once(self, world: World) -> None:
        order = world.paid_order(10_000)
        before = everything()
        events = world.all_events()
        world.deliver(events)
        world.work()
        assert sum(WebhookEvent.objects.values_list("deliveries", flat=True)) == 2 * len(events)
        assert everything() == before
        view = view_of(world.payment(order))
        assert observe(world.payment(order), view, world) == "known already"
        assert everything() == before

    def test_in_every_order_of_arrival_the_end_is_the_same(self, world: World) -> None:
        """Each of the 24 orders of created, charge succeeded, succeeded and the late fee, over an order of its own."""
        ends = set()
        kinds = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"]
        for sequence in itertools.permutations(kinds):
            order = world.order(10_000)
            world.pay(world.start(order))
            world.sandbox.control.stripe("settle")
            by_type = {event["type"]: event for event in world.new_events()}
            for kind in sequence:
                world.hear([by_type[kind]])
            world.hear()
            order.refresh_from_db()
            payment = world.payment(order)
            ends.add((
                order.status, order.payment_status, order.open_attempts, payment.status, payment.captured_minor,
                payment.method, payment.network, payment.last4, payment.charge_id != "", payment.is_processing,
                tuple(hold.status for hold in world.holds(order)),
            ))  # fmt: skip
            assert entries("capture") == entries("gateway_fee") == Order.objects.count()
        assert len(ends) == 1
        assert Refund.objects.count() == 0

    def test_a_capture_without_a_charge_is_refused_not_passed_over(self, world: World) -> None:
        payment = world.start(world.order()).payment
        before = everything()
        with pytest.raises(CaptureUnexplained):
            observe(payment, told(payment), world)
        assert everything() == before


class TestMoneyNobodyMayKeep:
    def given_back(self, world: World, order: Order, minor: int) -> None:
        """Unapplied, refunded by the machine once, and gone from the books."""
        world.hear()
        refund = Refund.objects.get(payment__order=order, cause="unapplied")
        assert (refund.status, refund.amount_minor, refund.approved_by) == ("succeeded", minor, "system:refunds")
        assert balance_minor("unapplied", currency="USD") == balance_minor("refunds", currency="USD") == 0
        assert world.moved(order, "refunded") == (1, minor)

    def test_late_money_of_an_expired_order(self, world: World) -> None:
        """The gateway's object was closed and took money all the same: the gateway is right, and it goes back."""
        order = world.order(10_000)
        started = world.start(order)
        world.pay(started)
        capture = view_of(started.payment)
        expire_after_a_lie(world, order)
        observe(started.payment, capture, world)
        order.refresh_from_db()
        assert (order.status, order.applied_minor, world.holds(order)) == ("expired", 0, [])
        assert world.payment(order).status == "captured"
        self.given_back(world, order, 10_000)

    def test_late_money_of_a_cancelled_order(self, world: World) -> None:
        order = world.order(10_000)
        started = world.start(order)
        world.pay(started)
        capture = view_of(started.payment)
        expire_after_a_lie(world, order, cancel=True)
        observe(started.payment, capture, world)
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("cancelled", "unpaid")
        self.given_back(world, order, 10_000)

    def test_two_objects_paid_at_the_same_time(self, world: World) -> None:
        order = world.order(10_000)
        first = world.start(order)
        Payment.objects.update(status="failed")  # as a decline leaves it: it can be tried again at the gateway
        second = world.start(order)
        for started in (first, second):
            world.pay(started)
        world.hear()
        order.refresh_from_db()
        assert (order.status, order.applied_minor) == ("paid", 10_000)
        assert [payment.applied_minor for payment in Payment.objects.order_by("pk")] == [10_000, 0]
        assert world.moved(order, "captured") == (2, 20_000)
        assert [hold.payment_id for hold in world.holds(order)] == [first.payment.pk]
        self.given_back(world, order, 10_000)

    @pytest.mark.parametrize(
        ("captured", "applied", "why"), [(10_500, 10_000, "surplus"), (9_999, 0, "less than what is due")]
    )
    def test_another_amount_than_what_is_due(self, world: World, captured: int, applied: int, why: str) -> None:
        payment = world.start(world.order(10_000)).payment
        observe(payment, told(payment, ("ch_odd", captured, "USD")), world)
        payment.refresh_from_db()
        refund = Refund.objects.get()
        assert (payment.captured_minor, payment.applied_minor) == (captured, applied)
        assert (refund.amount_minor, refund.reason, refund.status) == (captured - applied, why, "approved")
        assert Order.objects.get().status == ("paid" if applied else "pending_payment")

    def test_another_currency(self, world: World) -> None:
        payment = world.start(world.order(10_000)).payment
        observe(payment, told(payment, ("ch_odd", 10_000, "EUR")), world)
        refund = Refund.objects.get()
        assert (refund.amount_minor, refund.currency, refund.reason) == (10_000, "EUR", "another currency")
        assert balance_minor("refunds", currency="EUR") == -10_000
        assert Order.objects.get().status == "pending_payment"

    def test_two_charges_of_one_object(self, world: World) -> None:
        payment = world.start(world.order(10_000)).payment
        view = told(payment, ("ch_one", 10_000, "USD"), ("ch_two", 10_000, "USD"))
        observe(payment, view, world)
        observe(payment, view, world)
        payment.refresh_from_db()
        assert (payment.captured_minor, payment.applied_minor) == (20_000, 10_000)
        assert Refund.objects.get().cause_key == "unapplied:ch_two"
        assert entries("capture") == 2


def expire_after_a_lie(world: World, order: Order, *, cancel: bool = False) -> None:
    """Ends the order as if the gateway had closed its object, which was paid in truth: no honest gateway does that."""
    Payment.objects.filter(order=order).update(status="cancelled", closed_at=world.at)
    world.later(minutes=31)
    if cancel:
        cancel_unpaid(order_id=order.public_id, actor="user:buyer", reason="", at=world.at)
    else:
        assert expire_reservation(order_pk=order.pk, at=world.at)


class TestSurplusObjects:
    def test_are_closed_once_the_order_is_paid(self, world: World) -> None:
        order = world.order(10_000)
        first = world.start(order)
        world.confirm(first.payment, "pm_card_chargeDeclined")
        world.hear()
        second = world.start(order)
        world.pay(second)
        world.hear()
        answer = world.confirm(first.payment)
        assert answer["error"]["code"] == "payment_intent_unexpected_state"
        assert [payment.closed_at is not None for payment in Payment.objects.order_by("pk")] == [True, False]
        assert world.moved(order, "captured") == (1, 10_000)

    def test_are_tried_again_when_the_gateway_could_not_be_reached(self, world: World) -> None:
        order = world.order(10_000)
        first = world.start(order)
        world.confirm(first.payment, "pm_card_chargeDeclined")
        world.hear()
        world.pay(world.start(order))
        world.fail("/v1/payment_intents/*/cancel", status=429, code="rate_limit")
        world.hear()
        job = OutboxJob.objects.get(topic="payment.surplus")
        assert (job.state, job.last_error_code) == ("due", "payment_in_progress")
        world.later(minutes=6)
        world.work()
        job.refresh_from_db()
        first.payment.refresh_from_db()
        assert (job.state, first.payment.closed_at) == ("done", world.at)

    def test_one_that_its_bank_works_on_cannot_be_stopped_and_its_money_goes_back(self, world: World) -> None:
        order = world.order(10_000)
        slow = world.start(order)
        world.confirm(slow.payment, "pm_usBankAccount")
        world.hear()
        Payment.objects.filter(pk=slow.payment.pk).update(status="failed")
        world.pay(world.start(order))
        world.hear()
        assert OutboxJob.objects.get(topic="payment.surplus").state == "done"
        world.at_gateway(slow.payment, "finish", succeeds=True)
        world.hear()
        order.refresh_from_db()
        assert (order.applied_minor, Payment.objects.get(pk=slow.payment.pk).status) == (10_000, "captured")
        world.sandbox.control.stripe("settle")
        world.hear()
        assert Refund.objects.get(cause="unapplied").status == "succeeded"

    def test_there_is_nothing_to_close_where_there_is_one(self, world: World) -> None:
        world.paid_order(10_000)
        assert not OutboxJob.objects.filter(topic="payment.surplus").exists()
        close_surplus({"order": Order.objects.get().public_id}, world.at)


class TestCancelOnFailedAttempt:
    @pytest.fixture(autouse=True)
    def _policy(self, settings: Any) -> None:
        settings.POLICY = policy(cancel_on_failed_attempt=True)

    def test_the_first_decline_ends_the_order_and_closes_its_object(self, world: World) -> None:
        order = world.order(10_000)
        started = world.start(order)
        world.confirm(started.payment, "pm_card_chargeDeclined")
        world.hear()
        order.refresh_from_db()
        started.payment.refresh_from_db()
        assert (order.status, started.payment.status) == ("cancelled", "failed")
        assert started.payment.closed_at is not None
        assert world.confirm(started.payment)["error"]["code"] == "payment_intent_unexpected_state"

    def test_a_customer_who_paid_meanwhile_keeps_the_order(self, world: World) -> None:
        order = world.order(10_000)
        started = world.start(order)
        world.confirm(started.payment, "pm_card_chargeDeclined")
        failed = world.new_events()
        world.pay(started)
        world.hear(failed)
        world.later(minutes=6)
        world.hear()
        order.refresh_from_db()
        assert (order.status, world.moved(order, "captured"), Refund.objects.count()) == ("paid", (1, 10_000), 0)
        assert set(OutboxJob.objects.values_list("state", flat=True)) == {"done"}

    def test_without_that_policy_the_order_stays_payable(self, world: World, settings: Any) -> None:
        settings.POLICY = policy(cancel_on_failed_attempt=False)
        order = world.order(10_000)
        started = world.start(order)
        world.confirm(started.payment, "pm_card_chargeDeclinedInsufficientFunds")
        world.hear()
        order.refresh_from_db()
        started.payment.refresh_from_db()
        assert (order.status, order.payment_status) == ("pending_payment", "unpaid")
        assert (started.payment.status, started.payment.failure_code) == ("failed", "insufficient_funds")
        world.pay(started)
        world.hear()
        order.refresh_from_db()
        assert order.status == "paid"
