"""Refunds whose events never come: what waits at the gateway is asked about until it ends, what might still come back
for as long as it may."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from config.inbox.models import WebhookEvent
from config.kernel.money import Money
from config.tests.together import together
from orders.order.models import Order
from payments.charges.models import Payment
from payments.escrow.models import EscrowHold, HoldFreeze
from payments.escrow.services.sweeps import time_out_due
from payments.gateways.phonepe.adapter import BOUNCES
from payments.gateways.refund_views import RefundState, RefundView
from payments.refunds.models import Refund
from payments.refunds.services.again import send_again
from payments.refunds.services.outside import keep_still, let_go
from payments.refunds.services.watched import ask_watched_bounce
from payments.tests.phonepe_world import PhonePeWorld, post_hint
from payments.tests.razorpay_world import RazorpayWorld
from payments.tests.walking import everything
from payments.tests.world import World
from payments.watching.models import Watch
from payments.watching.services import ask_watched

pytestmark = pytest.mark.django_db(transaction=True)
STATUS = "/apis/pg-sandbox/payments/*"


@pytest.fixture
def paid(phonepe: PhonePeWorld) -> Order:
    return phonepe.paid_order(10_000)


def watch_of(kind: str) -> Watch:
    return Watch.objects.get(kind=kind)


def outside(phonepe: PhonePeWorld, order: Order, **rules: Any) -> str:
    """Somebody gives 40.00 back in the dashboard; one hint of it comes, and then never another."""
    phonepe.sandbox.control.phonepe("rules", refunds_wait=1, **rules)
    its_id = phonepe.refund_outside(order, 4_000)
    hint = {"event": "pg.refund.accepted", "payload": {"merchantRefundId": its_id, "state": "PENDING"}}
    assert post_hint(hint).status_code == 200
    phonepe.work()
    return its_id


def end_outside(phonepe: PhonePeWorld, its_id: str, verb: str) -> None:
    phonepe.sandbox.control.phonepe(f"refunds/{its_id}/{verb}")


def told_by_asking() -> list[tuple[str, str, str]]:
    found = WebhookEvent.objects.filter(fetched=True, type__contains="refund").order_by("pk")
    return list(found.values_list("type", "object_id", "state"))


class TestOutside:
    def test_keeps_the_hold_still_until_it_is_found_to_have_succeeded(self, phonepe: PhonePeWorld, paid: Order) -> None:
        its_id = outside(phonepe, paid)
        hold = EscrowHold.objects.get()
        assert (hold.status, Refund.objects.count()) == ("frozen", 0)
        assert watch_of("outside refund").ref == f"{phonepe.payment(paid).public_id}:{its_id}"
        phonepe.poll(seconds=62)
        assert EscrowHold.objects.get().status == "frozen", "it is still pending there"
        end_outside(phonepe, its_id, "succeed")
        phonepe.poll(seconds=302)
        refund = Refund.objects.get()
        assert (refund.status, refund.cause, refund.gateway_refund_id) == ("succeeded", "external", its_id)
        hold.refresh_from_db()
        assert (hold.status, hold.returned_minor) == ("held", 4_000)
        assert watch_of("outside refund").state == "done"

    def test_stands_in_the_inbox_as_the_event_that_should_have_told_it(
        self, phonepe: PhonePeWorld, paid: Order
    ) -> None:
        its_id = outside(phonepe, paid)
        end_outside(phonepe, its_id, "succeed")
        phonepe.poll(seconds=62)
        assert told_by_asking() == [("pg.refund.completed", its_id, "processed")]
        late = {"event": "pg.refund.completed", "payload": {"merchantRefundId": its_id, "state": "COMPLETED"}}
        assert post_hint(late).json() == {"received": True, "duplicate": True}

    def test_that_an_event_told_is_not_kept_as_fetched(self, phonepe: PhonePeWorld, paid: Order) -> None:
        its_id = outside(phonepe, paid)
        end_outside(phonepe, its_id, "succeed")
        phonepe.hear()
        assert Refund.objects.get().status == "succeeded"
        phonepe.poll(seconds=62)
        assert told_by_asking() == []

    def test_that_failed_lets_the_hold_go_and_books_nothing(self, phonepe: PhonePeWorld, paid: Order) -> None:
        its_id = outside(phonepe, paid)
        end_outside(phonepe, its_id, "fail")
        phonepe.poll(seconds=62)
        assert (Refund.objects.get().status, EscrowHold.objects.get().status) == ("cancelled", "held")
        assert watch_of("outside refund").state == "done"

    def test_the_event_that_comes_after_all_changes_nothing_more(self, phonepe: PhonePeWorld, paid: Order) -> None:
        its_id = outside(phonepe, paid)
        end_outside(phonepe, its_id, "succeed")
        phonepe.poll(seconds=62)
        before = everything()
        phonepe.hear()
        phonepe.later(seconds=12)
        phonepe.work()
        assert everything() == before

    def test_a_gateway_that_is_silent_is_asked_again(self, phonepe: PhonePeWorld, paid: Order) -> None:
        its_id = outside(phonepe, paid)
        end_outside(phonepe, its_id, "succeed")
        phonepe.fail(STATUS, status=503, method="GET")
        phonepe.poll(seconds=62)
        assert watch_of("outside refund").last_error_code == "gateway_unreachable"
        assert not Refund.objects.exists()
        phonepe.poll(seconds=302)
        assert Refund.objects.get().status == "succeeded"

    def test_nothing_moves_meanwhile(self, phonepe: PhonePeWorld, paid: Order) -> None:
        outside(phonepe, paid)
        before = everything()
        assert time_out_due(at=phonepe.later(minutes=61)).done == 0
        phonepe.poll(seconds=1)
        assert everything() == before

    def test_two_whose_long_ids_begin_alike_freeze_for_themselves(self, phonepe: PhonePeWorld, paid: Order) -> None:
        payment = phonepe.payment(paid)
        one, other = (view(payment.public_id, f"{'R' * 40}{end}") for end in "12")
        with transaction.atomic():
            for each in (one, other, other):
                keep_still(payment, each, actor="gateway:phonepe", at=phonepe.at)
        assert HoldFreeze.objects.filter(lifted_at__isnull=True).count() == 2
        with transaction.atomic():
            let_go(payment, one, actor="gateway:phonepe", at=phonepe.at)
        assert EscrowHold.objects.get().status == "frozen"
        with transaction.atomic():
            let_go(payment, other, actor="gateway:phonepe", at=phonepe.at)
        assert EscrowHold.objects.get().status == "held"

    def test_at_razorpay_as_well(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.paid_order(10_000)
        razorpay.sandbox.control.razorpay("rules", refund_status="pending", refund_count=1)
        its_id = razorpay.refund_outside(order, 4_000)
        razorpay.hear()
        assert EscrowHold.objects.get().status == "frozen"
        razorpay.sandbox.control.razorpay(f"refunds/{its_id}/process")
        razorpay.later(minutes=6)
        ask_watched(now=razorpay.now)
        assert Refund.objects.get().status == "succeeded"
        assert (watch_of("outside refund").state, EscrowHold.objects.get().status) == ("done", "held")
        razorpay.work()
        assert told_by_asking() == [("refund.processed", its_id, "processed")]
        before = everything()
        razorpay.hear()
        assert everything() == before, "the event that comes after all"

    def test_at_stripe_its_events_are_listed(self, world: World) -> None:
        world.paid_order(10_000)
        with transaction.atomic():
            payment = Payment.objects.get()
            keep_still(payment, view(payment.public_id, "re_1"), actor="gateway:stripe", at=world.at)
        assert not Watch.objects.exists()
        assert EscrowHold.objects.get().status == "frozen"


class TestBounce:
    def sent_back(self, phonepe: PhonePeWorld) -> Refund:
        """A refund of ours that succeeded at once; none of its events ever comes."""
        phonepe.sandbox.control.phonepe("rules", refunds_wait=0)
        assert time_out_due(at=phonepe.later(minutes=61)).done == 1
        phonepe.work()
        refund = Refund.objects.get()
        assert refund.status == "succeeded"
        return refund

    def test_one_that_comes_back_is_found_and_owed(self, phonepe: PhonePeWorld, paid: Order) -> None:
        refund = self.sent_back(phonepe)
        assert watch_of("bounce").ref == refund.public_id
        phonepe.poll(hours=1)
        phonepe.at_refund(refund, "fail", code="BENEFICIARY_CLOSED")
        phonepe.poll(hours=6)
        refund.refresh_from_db()
        assert (refund.status, refund.bounces, refund.failure_code) == ("failed", 1, "BENEFICIARY_CLOSED")
        assert told_by_asking() == [("pg.refund.failed", refund.gateway_refund_id, "processed")]
        assert watch_of("bounce").state == "done"

    def test_one_that_stands_is_asked_about_for_two_weeks_and_then_no_more(
        self, phonepe: PhonePeWorld, paid: Order
    ) -> None:
        self.sent_back(phonepe)
        before, asked = everything(), phonepe.requests("GET", STATUS)
        for step in BOUNCES.steps_s:
            assert phonepe.poll(seconds=step) >= 1
        assert phonepe.requests("GET", STATUS) - asked == len(BOUNCES.steps_s)
        assert (watch_of("bounce").state, watch_of("bounce").last_error_code) == ("done", "")
        assert everything() == before
        assert 13 <= sum(BOUNCES.steps_s) / 86_400 <= 15

    def test_one_whose_failure_was_told_is_not_asked_about(self, phonepe: PhonePeWorld, paid: Order) -> None:
        refund = self.sent_back(phonepe)
        phonepe.at_refund(refund, "fail")
        phonepe.hear()
        asked = phonepe.requests("GET", STATUS)
        phonepe.poll(hours=1)
        assert (phonepe.requests("GET", STATUS), watch_of("bounce").state) == (asked, "done")

    def test_one_that_was_made_anew_is_asked_about_from_the_beginning(self, phonepe: PhonePeWorld, paid: Order) -> None:
        refund = self.sent_back(phonepe)
        phonepe.at_refund(refund, "fail")
        phonepe.hear()
        phonepe.poll(hours=1)
        send_again(refund_pk=refund.pk, actor="user:ops", reason="the account is open again", at=phonepe.now())
        phonepe.work()
        refund.refresh_from_db()
        assert refund.status == "succeeded"
        assert (watch_of("bounce").state, watch_of("bounce").attempts) == ("due", 0)
        phonepe.at_refund(refund, "fail")
        phonepe.poll(hours=1)
        refund.refresh_from_db()
        assert (refund.status, refund.bounces) == ("failed", 2)

    def test_of_the_dashboard_it_is_the_same(self, phonepe: PhonePeWorld, paid: Order) -> None:
        its_id = outside(phonepe, paid)
        end_outside(phonepe, its_id, "succeed")
        phonepe.poll(seconds=62)
        end_outside(phonepe, its_id, "fail")
        phonepe.poll(hours=1)
        assert (Refund.objects.get().status, Refund.objects.get().bounces) == ("failed", 1)

    def test_two_who_ask_at_once_book_it_once(self, phonepe: PhonePeWorld, paid: Order) -> None:
        refund = self.sent_back(phonepe)
        phonepe.at_refund(refund, "fail")
        at = phonepe.later(hours=1)
        together([lambda: ask_watched_bounce(ref=refund.public_id, at=at)] * 4)
        refund.refresh_from_db()
        assert (refund.status, refund.bounces) == ("failed", 1)


def view(payment_id: str, refund_id: str) -> RefundView:
    return RefundView(
        refund_id=refund_id,
        gateway_payment_id=payment_id,
        charge_id="",
        amount=Money(1_000, "INR"),
        state=RefundState.PENDING,
        our_id="",
        call_id="",
        failure=None,
        reference="",
        balance_transaction_id="",
        at=timezone.now(),
    )
