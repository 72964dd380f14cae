"""The spine through Razorpay: an order's money from Checkout to the seller and back, whatever gets lost on the way."""

from __future__ import annotations

import pytest

from config.calls.models import GatewayCall
from config.inbox.models import WebhookEvent
from orders.order.models import Order
from payments.charges.models import Payment
from payments.charges.services.checkout import go_on
from payments.charges.services.close import cancel_unpaid, expire_reservation
from payments.charges.services.start import AmountTooSmall, GatewayDown, GatewayNotOffered, OutcomeUnknown
from payments.escrow.services.sweeps import time_out_due
from payments.ledger.queries import balance_minor
from payments.refunds.models import Refund
from payments.tests.razorpay_world import EMPTY, RazorpayWorld
from payments.tests.walking import everything
from payments.watching.services import ask_watched

pytestmark = pytest.mark.django_db(transaction=True)
ORDERS, REFUND = "/v1/orders", "/v1/payments/*/refund"


def call(operation: str = "payment.create") -> GatewayCall:
    return GatewayCall.objects.filter(operation=operation).latest("pk")


def fresh(order: Order) -> Order:
    order.refresh_from_db()
    return order


class TestSpine:
    def test_money_goes_from_checkout_to_the_seller(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.released_order(10_000)
        assert (fresh(order).status, razorpay.payment(order).status) == ("completed", "captured")
        assert [hold.status for hold in razorpay.holds(order)] == ["released"]
        assert balance_minor("payable", currency="INR") < 0

    def test_a_timeout_gives_it_back(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.paid_order(10_000)
        assert time_out_due(at=razorpay.later(minutes=61)).done == 1
        razorpay.work()
        razorpay.hear()
        refund = Refund.objects.get()
        assert (refund.status, (refund.gateway_refund_id or "")[:5], bool(refund.reference)) == (
            "succeeded",
            "rfnd_",
            True,
        )
        assert (fresh(order).status, razorpay.moved(order, "refunded")) == ("cancelled", (1, 10_000))

    def test_a_refund_that_waits_and_then_fails_is_still_owed(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.paid_order(10_000)
        razorpay.sandbox.control.razorpay("rules", refund_status="pending", refund_count=1)
        assert time_out_due(at=razorpay.later(minutes=61)).done == 1
        razorpay.work()
        refund = Refund.objects.get()
        assert refund.status == "pending"
        razorpay.sandbox.control.razorpay(f"refunds/{refund.gateway_refund_id}/fail")
        razorpay.hear()
        refund.refresh_from_db()
        assert (refund.status, razorpay.payment(order).refunding_minor) == ("failed", 10_000)


class TestStart:
    def test_is_refused_before_anything_is_written(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(99)
        before = everything()
        with pytest.raises(AmountTooSmall):
            razorpay.start(order)
        with pytest.raises(GatewayNotOffered):
            razorpay.start(razorpay.order(10_000), hosted=True)
        assert everything()["GatewayCall"] == before["GatewayCall"] == []
        assert razorpay.requests("POST", "*") == 0

    def test_a_lost_answer_is_asked_about_by_receipt_and_makes_one_order(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.lose_answer(ORDERS)
        with pytest.raises(OutcomeUnknown):
            razorpay.start(order)
        assert call().status == "unknown"
        again = go_on(order=order, account="razorpay", hosted=False, actor="user:buyer", at=razorpay.at)
        assert (call().status, (again.payment.gateway_payment_id or "")[:6]) == ("succeeded", "order_")
        assert (razorpay.requests("POST", ORDERS), Payment.objects.count()) == (1, 1)
        razorpay.pay(again)
        razorpay.hear()
        assert fresh(order).status == "paid"

    def test_paid_while_the_answer_was_lost_it_is_booked(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.lose_answer(ORDERS)
        with pytest.raises(OutcomeUnknown):
            razorpay.start(order)
        (made,) = razorpay.sandbox.control.get("objects", gateway="razorpay", kind="order")["objects"]
        razorpay.sandbox.control.razorpay(f"orders/{made['body']['id']}/pay")
        razorpay.hear()
        assert (fresh(order).status, call().status) == ("paid", "succeeded")

    def test_what_was_never_made_is_absent_twice_and_then_begun_anew(self, razorpay: RazorpayWorld) -> None:
        """Two minutes, and a minute between: MONEY §4."""
        order = razorpay.order(10_000)
        razorpay.refuse(ORDERS)
        with pytest.raises(OutcomeUnknown):
            razorpay.start(order)
        for seconds in (60, 70):
            razorpay.later(seconds=seconds)
            with pytest.raises(OutcomeUnknown):
                go_on(order=order, account="razorpay", hosted=False, actor="user:buyer", at=razorpay.at)
        razorpay.later(seconds=61)
        again = go_on(order=order, account="razorpay", hosted=False, actor="user:buyer", at=razorpay.at)
        assert again.payment.gateway_payment_id
        assert GatewayCall.objects.filter(status="not_executed").count() == 1
        assert len(razorpay.sandbox.control.get("objects", gateway="razorpay", kind="order")["objects"]) == 1

    def test_where_it_takes_no_more_requests_nothing_was_done(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.fail(ORDERS, status=429)
        with pytest.raises(GatewayDown):
            razorpay.start(order)
        assert call().status == "not_executed"

    def test_two_attempts_of_a_buyer_cannot_both_be_kept(self, razorpay: RazorpayWorld) -> None:
        """The second attempt of one Razorpay order was begun before the first one paid."""
        order = razorpay.order(10_000)
        started = razorpay.start(order)
        razorpay.pay(started, "upi_collect")
        slow = razorpay.attempts(started.payment)[0]["id"]
        razorpay.pay(started)
        razorpay.sandbox.control.razorpay(f"payments/{slow}/authorize")
        razorpay.hear()
        assert (fresh(order).status, razorpay.payment(order).captured_minor) == ("paid", 10_000)
        assert (razorpay.moved(order, "captured"), razorpay.moved(order, "released")) == ((1, 10_000), (1, 10_000))
        assert not Refund.objects.exists()


class TestEnd:
    def test_cancelled_while_unpaid_frees_the_stock(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.start(order)
        cancel_unpaid(order_id=order.public_id, actor="user:buyer", reason="changed my mind", at=razorpay.at)
        assert (fresh(order).status, razorpay.payment(order).status) == ("cancelled", "cancelled")

    def test_what_never_came_by_webhook_is_found_when_the_reservation_ends(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.pay(razorpay.start(order))
        assert not expire_reservation(order_pk=order.pk, at=razorpay.later(hours=1))
        assert fresh(order).status == "paid"


class TestAsked:
    """What no event told is found by asking, and stands in the inbox as the event that should have told it."""

    def asked(self, razorpay: RazorpayWorld) -> WebhookEvent:
        razorpay.later(minutes=3)
        ask_watched(now=razorpay.now)
        razorpay.work()
        event = WebhookEvent.objects.get()
        assert (event.fetched, event.state) == (True, "processed")
        return event

    def test_a_payment_is_booked_with_its_fee_and_no_second_time(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.pay(razorpay.start(order))
        assert self.asked(razorpay).type == "order.paid"
        assert (fresh(order).status, balance_minor("gateway_fees", currency="INR") > 0) == ("paid", True)
        books = everything()["LedgerLine"]
        razorpay.hear()
        assert WebhookEvent.objects.filter(fetched=False).count() > 0
        assert everything()["LedgerLine"] == books

    def test_a_decline_is_counted(self, razorpay: RazorpayWorld) -> None:
        started = razorpay.start(razorpay.order(10_000))
        razorpay.pay(started, EMPTY)
        assert self.asked(razorpay).type == "payment.failed"
        assert started.payment.declines.count() == 1

    def test_what_waits_told_nothing(self, razorpay: RazorpayWorld) -> None:
        razorpay.start(razorpay.order(10_000))
        razorpay.later(minutes=3)
        assert ask_watched(now=razorpay.now) == 1
        assert not WebhookEvent.objects.exists()

    def test_what_was_authorized_late_says_so(self, razorpay: RazorpayWorld) -> None:
        started = razorpay.start(razorpay.order(10_000), capture_manually=True)
        razorpay.pay(started)
        assert self.asked(razorpay).type == "payment.authorized"
        started.payment.refresh_from_db()
        assert started.payment.status == "authorized"


class TestRefund:
    def owed(self, razorpay: RazorpayWorld) -> Order:
        order = razorpay.paid_order(10_000)
        assert time_out_due(at=razorpay.later(minutes=61)).done == 1
        return order

    def test_a_lost_answer_is_looked_for_and_given_once(self, razorpay: RazorpayWorld) -> None:
        order = self.owed(razorpay)
        razorpay.lose_answer(REFUND)
        razorpay.work()
        assert call("refund.create").status == "unknown"
        razorpay.later(minutes=1)
        razorpay.work()
        assert (Refund.objects.get().status, razorpay.moved(order, "refunded")) == ("succeeded", (1, 10_000))
        assert razorpay.requests("POST", REFUND) == 1

    def test_what_was_never_made_is_sent_again_under_the_same_key(self, razorpay: RazorpayWorld) -> None:
        """So that a request which is still on its way somewhere gives nothing more."""
        order = self.owed(razorpay)
        razorpay.refuse(REFUND)
        razorpay.work()
        for seconds in (601, 301, 901, 1_801):
            razorpay.later(seconds=seconds)
            razorpay.work()
        assert (Refund.objects.get().status, razorpay.moved(order, "refunded")) == ("succeeded", (1, 10_000))
        seen = razorpay.sandbox.control.requests(method="POST", path=REFUND)["requests"]
        assert len({request["idempotency_key"] for request in seen}) == 1

    def test_the_webhook_may_be_faster_than_the_answer(self, razorpay: RazorpayWorld) -> None:
        order = self.owed(razorpay)
        razorpay.lose_answer(REFUND)
        razorpay.work()
        razorpay.hear()
        assert (Refund.objects.get().status, call("refund.create").status) == ("succeeded", "succeeded")
        assert razorpay.moved(order, "refunded") == (1, 10_000)
