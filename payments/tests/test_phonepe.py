"""The spine through PhonePe: an order's money from its page to the seller and back, whatever gets lost on the way."""

from __future__ import annotations

from typing import Any

import pytest

from config.calls.models import GatewayCall
from orders.order.models import Order
from payments.charges.services.checkout import go_on, reread
from payments.charges.services.close import cancel_unpaid, expire_reservation, replace_payments
from payments.charges.services.start import (
    AmountTooSmall,
    CurrencyNotSupported,
    GatewayDown,
    GatewayNotOffered,
    OutcomeUnknown,
    PaymentInProgress,
    Started,
)
from payments.escrow.services.sweeps import time_out_due
from payments.refunds.models import Refund
from payments.refunds.services.again import send_again
from payments.tests.phonepe_world import PhonePeWorld
from payments.tests.walking import everything

pytestmark = pytest.mark.django_db(transaction=True)
PAY, REFUND = "/apis/pg-sandbox/checkout/v2/pay", "/apis/pg-sandbox/payments/v2/refund"


def call(operation: str = "payment.create") -> GatewayCall:
    return GatewayCall.objects.filter(operation=operation).latest("pk")


def expire(world: PhonePeWorld, order: Order) -> bool:
    done = expire_reservation(order_pk=order.pk, at=world.at)
    order.refresh_from_db()
    return done


class TestStart:
    def test_the_customer_is_sent_to_the_page(self, phonepe: PhonePeWorld) -> None:
        started = phonepe.start(phonepe.order(10_000))
        assert started.redirect_url.startswith(phonepe.sandbox.base_url)
        assert started.client_secret == ""
        assert started.payment.gateway_payment_id == started.payment.public_id

    def test_who_lost_the_link_is_told_the_same(self, phonepe: PhonePeWorld) -> None:
        order = phonepe.order(10_000)
        started = phonepe.start(order)
        assert reread(started.payment).redirect_url == started.redirect_url
        again = go_on(order=order, account="phonepe", hosted=False, actor="user:buyer", at=phonepe.at)
        assert (again.payment.pk, again.redirect_url) == (started.payment.pk, started.redirect_url)

    def test_the_order_there_ends_with_the_reservation(self, phonepe: PhonePeWorld) -> None:
        order = phonepe.order(10_000)
        phonepe.later(minutes=10)
        phonepe.start(order)
        seen = phonepe.sandbox.control.get("requests", gateway="phonepe", method="POST", path=PAY)["requests"]
        assert seen[0]["params"]["expireAfter"] == 20 * 60

    @pytest.mark.parametrize(
        ("options", "refused"), [({"hosted": True}, GatewayNotOffered), ({"capture_manually": True}, GatewayNotOffered)]
    )
    def test_what_it_cannot_do_is_refused_before_anything_is_written(
        self, phonepe: PhonePeWorld, options: dict[str, Any], refused: type[Exception]
    ) -> None:
        order = phonepe.order(10_000)
        before = everything()
        with pytest.raises(refused):
            phonepe.start(order, **options)
        assert everything() == before

    @pytest.mark.parametrize(
        ("amount", "currency", "refused"), [(99, "INR", AmountTooSmall), (10_000, "USD", CurrencyNotSupported)]
    )
    def test_rupees_from_one_rupee_on(
        self, phonepe: PhonePeWorld, amount: int, currency: str, refused: type[Exception]
    ) -> None:
        order = phonepe.order(amount, currency=currency)
        before = everything()
        with pytest.raises(refused):
            phonepe.start(order)
        assert everything() == before

    def test_refused_credentials_are_an_alarm_and_block_nothing(self, phonepe: PhonePeWorld) -> None:
        order = phonepe.order(10_000)
        phonepe.sandbox.control.fault("error", gateway="phonepe", path="*/pay", status=403, count=1)
        with pytest.raises(GatewayDown):
            phonepe.start(order)
        assert call().status == "not_executed"
        assert phonepe.start(order).redirect_url


class TestLostAnswers:
    def test_what_was_made_is_found_and_never_made_twice(self, phonepe: PhonePeWorld) -> None:
        order = phonepe.order(10_000)
        phonepe.lose_answer(PAY)
        with pytest.raises(OutcomeUnknown):
            phonepe.start(order)
        phonepe.later(seconds=11)
        phonepe.work()
        payment = phonepe.payment(order)
        assert (call().status, payment.status) == ("succeeded", "pending")
        assert phonepe.requests("POST", PAY) == 1
        assert reread(payment).redirect_url == "", "the link is told once, and was lost"
        phonepe.pay(Started(payment=payment, client_secret="", redirect_url=""))
        phonepe.poll(minutes=1)
        order.refresh_from_db()
        assert (order.status, phonepe.moved(order, "captured")) == ("paid", (1, 10_000))

    def test_what_was_not_made_is_known_after_two_questions_a_minute_apart(self, phonepe: PhonePeWorld) -> None:
        order = phonepe.order(10_000)
        phonepe.refuse(PAY)
        with pytest.raises(OutcomeUnknown):
            phonepe.start(order)
        for seconds, absences, status in ((11, 0, "unknown"), (11, 0, "unknown"), (61, 1, "unknown")):
            phonepe.later(seconds=seconds)
            phonepe.work()
            assert (call().absences, call().status) == (absences, status)
        with pytest.raises(OutcomeUnknown):  # a client that asks again and again hastens nothing
            go_on(order=order, account="phonepe", hosted=False, actor="user:buyer", at=phonepe.at)
        phonepe.later(seconds=301)
        phonepe.work()
        payment = phonepe.payment(order)
        assert (call().status, payment.status, payment.closed_at) == ("not_executed", "failed", phonepe.at)
        assert phonepe.start(order).redirect_url, "and so there may be another one"
        assert phonepe.requests("POST", PAY) == 2

    def test_a_gateway_that_cannot_be_asked_leaves_it_unknown(self, phonepe: PhonePeWorld) -> None:
        order = phonepe.order(10_000)
        phonepe.refuse(PAY)
        with pytest.raises(OutcomeUnknown):
            phonepe.start(order)
        phonepe.fail("*/status", status=404, method="GET")  # a wrong address, and no word of absence
        phonepe.later(minutes=5)
        phonepe.work()
        assert (call().status, call().absences) == ("unknown", 0)


class TestClosing:
    def test_an_order_ends_once_phonepes_has_ended(self, phonepe: PhonePeWorld) -> None:
        order = phonepe.order(10_000)
        started = phonepe.start(order)
        phonepe.later(minutes=31)
        assert not expire(phonepe, order), "it may still be paid there, and nobody can close it"
        assert order.status == "pending_payment"
        phonepe.at_page(started.payment, "expire")
        assert expire(phonepe, order)
        assert order.status == "expired"
        assert not GatewayCall.objects.filter(operation="payment.cancel").exists()

    def test_who_pays_in_that_moment_has_paid(self, phonepe: PhonePeWorld) -> None:
        order = phonepe.order(10_000)
        started = phonepe.start(order)
        phonepe.later(minutes=31)
        phonepe.pay(started)
        assert not expire(phonepe, order)
        assert (order.status, order.applied_minor) == ("paid", 10_000)

    def test_a_bank_that_works_on_it_is_waited_for(self, phonepe: PhonePeWorld) -> None:
        order = phonepe.order(10_000)
        payment = phonepe.start(order).payment
        phonepe.at_page(payment, "wait")
        phonepe.later(minutes=31)
        assert not expire(phonepe, order)
        payment.refresh_from_db()
        assert payment.is_processing
        phonepe.at_page(payment, "decide", succeeds=True)
        assert not expire(phonepe, order)
        assert order.status == "paid"

    def test_a_second_attempt_waits_for_the_end_of_the_first(self, phonepe: PhonePeWorld) -> None:
        order = phonepe.order(10_000)
        payment = phonepe.start(order).payment
        phonepe.at_page(payment, "decline")
        phonepe.hear()
        with pytest.raises(PaymentInProgress):
            replace_payments(order=order, actor="user:buyer", at=phonepe.at)
        with pytest.raises(PaymentInProgress):
            cancel_unpaid(order_id=order.public_id, actor="user:buyer", reason="changed their mind", at=phonepe.at)
        phonepe.at_page(payment, "expire")
        replace_payments(order=order, actor="user:buyer", at=phonepe.at)
        assert phonepe.start(order).payment.pk != payment.pk

    def test_a_gateway_that_does_not_answer_closes_nothing(self, phonepe: PhonePeWorld) -> None:
        order = phonepe.order(10_000)
        phonepe.start(order)
        phonepe.later(minutes=31)
        phonepe.fail("*/status", status=503, method="GET")
        with pytest.raises(GatewayDown):
            expire_reservation(order_pk=order.pk, at=phonepe.at)
        order.refresh_from_db()
        assert order.status == "pending_payment"

    def test_an_order_that_phonepe_has_forgotten_stays_as_it_is(self, phonepe: PhonePeWorld) -> None:
        order = phonepe.order(10_000)
        phonepe.start(order)
        phonepe.sandbox.control.reset()
        phonepe.later(minutes=31)
        assert not expire(phonepe, order)
        assert order.status == "pending_payment"


class TestRefunds:
    @pytest.fixture
    def order(self, phonepe: PhonePeWorld) -> Order:
        """Paid, and not delivered in time."""
        order = phonepe.paid_order(10_000)
        assert time_out_due(at=phonepe.later(minutes=61)).done == 1
        return order

    def state(self) -> tuple[str, str]:
        return Refund.objects.get().status, call("refund.create").status

    def test_whose_answer_was_lost_is_found_and_given_once(self, phonepe: PhonePeWorld, order: Order) -> None:
        phonepe.lose_answer(REFUND)
        phonepe.work()
        assert self.state() == ("sending", "unknown")
        phonepe.later(seconds=11)
        phonepe.work()
        assert self.state() == ("succeeded", "succeeded")
        assert phonepe.moved(order, "refunded") == (1, 10_000)
        assert phonepe.requests("POST", REFUND) == 1

    def test_that_was_never_made_is_sent_again_under_the_same_id(self, phonepe: PhonePeWorld, order: Order) -> None:
        """So that the first request, should it come through after all, gives nothing more."""
        phonepe.refuse(REFUND)
        phonepe.work()
        for seconds in (11, 11, 61):
            phonepe.later(seconds=seconds)
            phonepe.work()
            assert self.state() == ("sending", "unknown")
        phonepe.later(seconds=301)
        phonepe.work()
        assert self.state() == ("succeeded", "succeeded")
        assert phonepe.moved(order, "refunded") == (1, 10_000)
        seen = phonepe.sandbox.control.get("requests", gateway="phonepe", method="POST", path=REFUND)["requests"]
        assert len({request["params"]["merchantRefundId"] for request in seen}) == 1
        assert GatewayCall.objects.filter(operation="refund.create").count() == 1

    def test_that_was_not_taken_is_sent_again(self, phonepe: PhonePeWorld, order: Order) -> None:
        phonepe.fail(REFUND, status=429)
        phonepe.work()
        assert self.state() == ("approved", "not_executed")
        phonepe.later(minutes=6)
        phonepe.work()
        assert self.state() == ("succeeded", "succeeded")
        assert phonepe.moved(order, "refunded") == (1, 10_000)

    @pytest.mark.parametrize("heard", ["by webhook", "by asking"])
    def test_that_came_back_is_made_anew_under_another_id(
        self, phonepe: PhonePeWorld, order: Order, heard: str
    ) -> None:
        phonepe.work()
        phonepe.hear()
        refund = Refund.objects.get()
        first = refund.gateway_refund_id
        phonepe.at_refund(refund, "fail", code="BENEFICIARY_CLOSED")
        phonepe.hear()
        assert self.state()[0] == "failed"
        phonepe.sandbox.control.phonepe("rules", refunds_wait=1)
        send_again(refund_pk=refund.pk, actor="user:finance", reason="the account is open again", at=phonepe.at)
        phonepe.work()
        refund.refresh_from_db()
        assert (refund.status, refund.gateway_refund_id != first) == ("pending", True)
        phonepe.at_refund(refund, "succeed")
        if heard == "by webhook":
            phonepe.hear()
        else:
            phonepe.later(hours=7)
            phonepe.work()
        assert self.state() == ("succeeded", "succeeded")
        assert phonepe.moved(order, "refunded") == (2, 20_000)
        assert phonepe.moved(order, "refund_returned") == (1, 10_000)

    def test_of_money_that_nobody_may_keep_goes_back_by_itself(self, phonepe: PhonePeWorld) -> None:
        order = phonepe.order(10_000)
        started = phonepe.start(order)
        Order.objects.filter(pk=order.pk).update(status="cancelled")
        phonepe.pay(started)
        phonepe.poll()
        assert phonepe.moved(order, "refunded") == (1, 10_000)
        assert Refund.objects.get().cause == "unapplied"
