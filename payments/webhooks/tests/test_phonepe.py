"""PhonePe's door: its header is a constant, so that nothing of a body is believed and everything is asked about."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from config.inbox.contract import Rejected
from config.inbox.models import WebhookEvent, WebhookRejection
from config.inbox.processor import process_inbox
from config.kernel.ids import new_id
from config.outbox.models import OutboxJob
from orders.order.models import Order
from payments.abuse.models import CardDecline
from payments.abuse.rules import DECLINES_OF_A_PAYMENT
from payments.charges.models import Payment
from payments.escrow.services.sweeps import time_out_due
from payments.refunds.models import Refund
from payments.tests.phonepe_world import ACCOUNT, PhonePeWorld, authorization, post_hint
from payments.tests.walking import everything
from payments.webhooks.phonepe import BARE, verify

pytestmark = pytest.mark.django_db(transaction=True)
STATUS = "/apis/pg-sandbox/checkout/v2/order/*/status"


def told(event: str = "checkout.order.completed", **payload: Any) -> dict[str, Any]:
    return {"event": event, "payload": {"merchantOrderId": "MO1", "state": "COMPLETED", **payload}}


def verified(body: Any, header: str | None = None) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": authorization() if header is None else header}
    return verify(headers=headers, body=raw, at=timezone.now())


def questions(world: PhonePeWorld) -> int:
    """How often PhonePe was asked about an order."""
    return world.requests("GET", STATUS)


@pytest.fixture
def pending(phonepe: PhonePeWorld) -> Payment:
    """A payment whose customer has its page."""
    return phonepe.start(phonepe.order(10_000)).payment


class TestVerify:
    def test_takes_the_constant_of_every_password_in_force(self, phonepe: PhonePeWorld) -> None:
        for credentials in ACCOUNT.webhook_secrets:
            found = verified(told(), authorization(credentials))
            assert (found.account, found.livemode, found.type) == ("phonepe", False, "checkout.order.completed")
            assert found.object_id == "MO1"
        assert verified(told(), f" {authorization().upper()} ").account == "phonepe"

    @pytest.mark.parametrize(
        ("header", "reason"),
        [
            ("", "no_signature"),
            ("  ", "no_signature"),
            ("x" * 64, "bad_signature"),
            ("\udcff\u00ff", "bad_signature"),
            (authorization("hookuser:other-pass"), "bad_signature"),
            (authorization(":"), "bad_signature"),
            (f"Bearer {authorization()}", "bad_signature"),
        ],
    )
    def test_refuses_every_other_header_whatever_the_body(
        self, phonepe: PhonePeWorld, header: str, reason: str
    ) -> None:
        with pytest.raises(Rejected, match=reason):
            verified(b"no json at all", header)

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"", "not_json"),
            (b"\xff", "not_utf8"),
            ([], "not_an_object"),
            ({"payload": {"merchantOrderId": "MO1", "state": "PENDING"}}, "no_event"),
            ({"event": 5, "payload": {}}, "no_event"),
            ({"event": "x" * 121, "payload": {}}, "no_event"),
            ({"event": "a"}, "no_payload"),
            ({"event": "a", "payload": []}, "no_payload"),
            (told(merchantOrderId=""), "no_id"),
            (told(merchantOrderId="../../oauth"), "no_id"),
            (told(merchantOrderId="x" * 64), "no_id"),
            (told(merchantOrderId=None), "no_id"),
        ],
    )
    def test_refuses_what_is_no_hint(self, phonepe: PhonePeWorld, body: Any, reason: str) -> None:
        with pytest.raises(Rejected, match=reason):
            verified(body)

    def test_the_same_event_of_the_same_object_is_the_same_hint_whatever_else_it_says(
        self, phonepe: PhonePeWorld
    ) -> None:
        one = verified(told(amount=1))
        assert one.is_hint
        for other in (told(amount=2), told(state="FAILED"), told(state=None), told(originalMerchantOrderId="MO9")):
            assert verified(other).event_id == one.event_id

    def test_what_leads_elsewhere_has_a_place_of_its_own(self, phonepe: PhonePeWorld) -> None:
        """An order under a refund's id is asked for as an order: it must not stand where the refund's hint belongs."""
        hints = (
            told(),
            told("checkout.order.failed"),
            told(merchantOrderId="MO2"),
            told(merchantRefundId="MO1"),
            {"merchantRefundId": "MO1", "state": "COMPLETED"},
            {"merchantOrderId": "MO1", "state": "COMPLETED"},
        )
        assert len({verified(hint).event_id for hint in hints}) == len(hints)

    def test_takes_a_body_without_an_envelope(self, phonepe: PhonePeWorld) -> None:
        found = verified({"merchantRefundId": "MR1", "originalMerchantOrderId": "MO1", "state": "COMPLETED"})
        assert (found.type, found.object_id) == (BARE, "MR1")


class TestDoor:
    def test_answers_as_the_contract_says(self, phonepe: PhonePeWorld) -> None:
        assert post_hint(told()).json() == {"received": True, "duplicate": False}
        assert post_hint(told(amount=9)).json() == {"received": True, "duplicate": True}
        refused = post_hint(told(), header="x")
        assert (refused.status_code, refused.json()) == (400, {"received": False, "code": "bad_signature"})
        assert WebhookRejection.objects.get().source == "phonepe"

    def test_without_a_password_there_is_no_door(self, phonepe: PhonePeWorld, settings: Any) -> None:
        account = settings.GATEWAY_ACCOUNTS["phonepe"]
        settings.GATEWAY_ACCOUNTS = {"phonepe": type(account)(**{**vars(account), "webhook_secrets": ()})}
        assert post_hint(told()).status_code == 404


class TestOrder:
    def test_a_payment_is_booked_as_phonepe_says_when_it_is_asked(
        self, phonepe: PhonePeWorld, pending: Payment
    ) -> None:
        phonepe.at_page(pending, "pay")
        phonepe.hear()
        payment = Payment.objects.select_related("order").get(pk=pending.pk)
        assert (payment.status, payment.captured_minor, payment.order.status) == ("captured", 10_000, "paid")
        assert (payment.charge_id[:2], payment.method) == ("OM", "upi_intent")
        assert str(payment.gateway_order_id).startswith("OMO")

    def test_a_forged_one_takes_nothing_for_granted(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        """Whoever has seen one delivery knows the header of all."""
        forged = told(
            merchantOrderId=pending.public_id,
            orderId=pending.gateway_order_id,
            amount=10_000,
            paymentDetails=[{"transactionId": "OM1", "amount": 10_000, "state": "COMPLETED", "timestamp": 1}],
        )
        assert post_hint(forged).status_code == 200
        before = everything()
        phonepe.work()
        assert everything() == before
        assert WebhookEvent.objects.get().state == "processed"
        phonepe.at_page(pending, "pay")
        phonepe.hear()
        pending.refresh_from_db()
        assert pending.captured_minor == 0, "asked a moment ago"
        phonepe.later(seconds=12)
        phonepe.work()
        pending.refresh_from_db()
        assert pending.captured_minor == 10_000, "the true one has it asked about again"
        assert WebhookEvent.objects.get().deliveries == 2

    def test_a_flood_of_forged_ones_asks_once_in_ten_seconds(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        for number in range(20):
            post_hint(told(merchantOrderId=pending.public_id, state=f"MADE_UP_{number}", amount=number))
            phonepe.work()
        assert questions(phonepe) == 1
        phonepe.later(seconds=12)
        phonepe.work()
        assert questions(phonepe) == 2
        assert WebhookEvent.objects.count() == 1
        phonepe.at_page(pending, "pay")
        phonepe.hear()
        phonepe.later(seconds=12)
        phonepe.work()
        pending.refresh_from_db()
        assert pending.captured_minor == 10_000

    def test_a_forged_failure_closes_nothing(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        post_hint(told("checkout.order.failed", merchantOrderId=pending.public_id, state="FAILED"))
        phonepe.work()
        pending.refresh_from_db()
        assert (pending.status, pending.closed_at) == ("pending", None)

    def test_what_is_captured_is_not_asked_about_again(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        phonepe.at_page(pending, "pay")
        phonepe.hear()
        asked = questions(phonepe)
        for event in ("pg.order.completed", "pg.order.failed", "checkout.transaction.attempt.failed"):
            post_hint(told(event, merchantOrderId=pending.public_id))
        phonepe.work()
        assert questions(phonepe) == asked
        assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"processed"}

    def test_another_merchants_order_is_foreign_and_nobody_is_asked(self, phonepe: PhonePeWorld) -> None:
        post_hint(told(merchantOrderId="shop-4711"))
        phonepe.work()
        assert (WebhookEvent.objects.get().state, questions(phonepe)) == ("foreign", 0)

    def test_one_in_our_manner_that_phonepe_does_not_know_is_foreign(self, phonepe: PhonePeWorld) -> None:
        post_hint(told(merchantOrderId=new_id("pay")))
        phonepe.work()
        assert (WebhookEvent.objects.get().state, questions(phonepe)) == ("foreign", 1)

    def test_a_decline_leaves_the_payment_to_be_tried_again(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        phonepe.at_page(pending, "decline")
        phonepe.hear()
        pending.refresh_from_db()
        assert (pending.status, pending.failure_code, pending.closed_at) == ("failed", "INVALID_MPIN", None)
        phonepe.at_page(pending, "pay")
        phonepe.hear()
        pending.refresh_from_db()
        assert pending.status == "captured"

    def test_each_attempt_that_failed_is_counted_once_however_few_hints_told_it(
        self, phonepe: PhonePeWorld, pending: Payment
    ) -> None:
        """All declines of an order are one hint, and what is counted is what PhonePe says when it is asked."""
        for _ in range(3):
            phonepe.at_page(pending, "decline")
        phonepe.hear()
        assert CardDecline.objects.filter(payment=pending).count() == 3
        for _ in range(DECLINES_OF_A_PAYMENT - 4):
            phonepe.at_page(pending, "decline")
        phonepe.hear()
        phonepe.later(seconds=12)
        phonepe.work()
        assert CardDecline.objects.filter(payment=pending).count() == DECLINES_OF_A_PAYMENT - 1
        assert not OutboxJob.objects.filter(topic="payment.tried_out").exists()
        phonepe.at_page(pending, "decline")
        phonepe.at_page(pending, "pay")
        phonepe.hear()
        phonepe.later(seconds=12)
        phonepe.work()
        assert CardDecline.objects.filter(payment=pending).count() == DECLINES_OF_A_PAYMENT
        assert OutboxJob.objects.filter(topic="payment.tried_out").count() == 1

    def test_forged_declines_are_not_counted(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        attempts = [{"transactionId": f"OM{number}", "state": "FAILED"} for number in range(10)]
        forged = told("checkout.transaction.attempt.failed", merchantOrderId=pending.public_id, paymentDetails=attempts)
        post_hint(forged)
        phonepe.work()
        assert not CardDecline.objects.exists()

    def test_declines_of_which_nothing_was_told_are_counted_by_asking(
        self, phonepe: PhonePeWorld, pending: Payment
    ) -> None:
        for _ in range(2):
            phonepe.at_page(pending, "decline")
        phonepe.poll()
        assert CardDecline.objects.filter(payment=pending).count() == 2
        phonepe.hear()
        phonepe.later(seconds=12)
        phonepe.work()
        assert CardDecline.objects.filter(payment=pending).count() == 2

    def test_an_order_that_ran_out_is_closed(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        phonepe.at_page(pending, "expire")
        phonepe.hear()
        pending.refresh_from_db()
        assert pending.status == "expired"
        assert pending.closed_at is not None

    def test_faster_than_the_answer_that_was_lost(self, phonepe: PhonePeWorld) -> None:
        order = phonepe.order(10_000)
        phonepe.lose_answer("*/pay")
        with pytest.raises(Exception, match="answer was lost"):
            phonepe.start(order)
        phonepe.at_page(phonepe.payment(order), "pay")
        phonepe.hear()
        order.refresh_from_db()
        assert (order.status, phonepe.moved(order, "captured")) == ("paid", (1, 10_000))

    def test_a_gateway_that_does_not_answer_is_asked_again(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        phonepe.at_page(pending, "pay")
        phonepe.fail(STATUS, status=503, method="GET")
        phonepe.deliver(phonepe.new_events())
        process_inbox(now=phonepe.now, once=True)
        assert (WebhookEvent.objects.get().state, WebhookEvent.objects.get().last_error_code) == (
            "due", "gateway_unavailable",
        )  # fmt: skip
        phonepe.later(seconds=2)
        phonepe.work()
        pending.refresh_from_db()
        assert pending.status == "captured"

    def test_a_type_that_we_do_not_handle_is_ignored(self, phonepe: PhonePeWorld) -> None:
        post_hint(told("settlement.made"))
        phonepe.work()
        assert WebhookEvent.objects.get().state == "ignored"


class TestRefund:
    @pytest.fixture
    def paid(self, phonepe: PhonePeWorld) -> Order:
        return phonepe.paid_order(10_000)

    def send_back(self, phonepe: PhonePeWorld) -> Refund:
        """The machine gives back what was not delivered."""
        assert time_out_due(at=phonepe.later(minutes=61)).done == 1
        phonepe.work()
        return Refund.objects.get()

    def test_is_through_when_phonepe_says_so(self, phonepe: PhonePeWorld, paid: Order) -> None:
        phonepe.sandbox.control.phonepe("rules", refunds_wait=1)
        refund = self.send_back(phonepe)
        assert refund.status == "pending"
        phonepe.at_refund(refund, "succeed")
        phonepe.hear()
        refund.refresh_from_db()
        paid.refresh_from_db()
        assert (refund.status, paid.payment_status) == ("succeeded", "refunded")
        assert refund.reference
        assert phonepe.moved(paid, "refunded") == (1, 10_000)

    def test_a_forged_success_is_none(self, phonepe: PhonePeWorld, paid: Order) -> None:
        phonepe.sandbox.control.phonepe("rules", refunds_wait=1)
        refund = self.send_back(phonepe)
        post_hint(
            told(
                "pg.refund.completed",
                merchantRefundId=refund.gateway_refund_id,
                originalMerchantOrderId=phonepe.payment(paid).public_id,
                amount=10_000,
            )
        )
        phonepe.work()
        refund.refresh_from_db()
        assert refund.status == "pending"

    @pytest.mark.parametrize("waits", [1, 0], ids=["before it is through", "after it was through"])
    def test_that_fails_is_owed(self, phonepe: PhonePeWorld, paid: Order, waits: int) -> None:
        phonepe.sandbox.control.phonepe("rules", refunds_wait=waits)
        refund = self.send_back(phonepe)
        phonepe.hear()
        phonepe.at_refund(refund, "fail", code="BENEFICIARY_CLOSED")
        phonepe.hear()
        refund.refresh_from_db()
        assert (refund.status, refund.failure_code, refund.bounces) == ("failed", "BENEFICIARY_CLOSED", 1 - waits)

    def test_of_the_dashboard_is_recorded_and_booked(self, phonepe: PhonePeWorld, paid: Order) -> None:
        its_id = phonepe.refund_outside(paid, 4_000)
        phonepe.hear()
        refund = Refund.objects.get()
        assert (refund.gateway_refund_id, refund.cause, refund.status) == (its_id, "external", "succeeded")
        paid.refresh_from_db()
        assert paid.payment_status == "partially_refunded"

    def test_that_comes_back_after_it_was_told_as_given_is_read_again(self, phonepe: PhonePeWorld, paid: Order) -> None:
        """Forged first: its event stands under the very key that the true one has, and was handled."""
        phonepe.sandbox.control.phonepe("rules", refunds_wait=0)
        refund = self.send_back(phonepe)
        phonepe.hear()
        forged = told("pg.refund.failed", merchantRefundId=refund.gateway_refund_id, state="FAILED")
        before = everything()
        post_hint(forged)
        phonepe.work()
        assert everything() == before
        phonepe.at_refund(refund, "fail", code="BENEFICIARY_CLOSED")
        phonepe.hear()
        phonepe.later(seconds=12)
        phonepe.work()
        refund.refresh_from_db()
        assert (refund.status, refund.bounces) == ("failed", 1)
        assert WebhookEvent.objects.filter(type="pg.refund.failed").count() == 1

    @pytest.mark.parametrize("order_id", ["MO-of-nobody", "", None, 5])
    def test_of_the_dashboard_cannot_be_hidden_by_a_body_that_names_another_order(
        self, phonepe: PhonePeWorld, paid: Order, order_id: Any
    ) -> None:
        its_id = phonepe.refund_outside(paid, 4_000)
        post_hint(told("pg.refund.completed", merchantRefundId=its_id, originalMerchantOrderId=order_id))
        phonepe.work()
        assert Refund.objects.get().gateway_refund_id == its_id
        phonepe.hear()
        assert Refund.objects.count() == 1

    def test_a_bare_order_in_the_place_of_a_bare_refund_hides_nothing(self, phonepe: PhonePeWorld, paid: Order) -> None:
        its_id = phonepe.refund_outside(paid, 4_000)
        post_hint({"merchantOrderId": its_id, "state": "COMPLETED"})
        phonepe.work()
        assert not Refund.objects.exists()
        post_hint({"merchantRefundId": its_id, "state": "COMPLETED"})
        phonepe.work()
        assert Refund.objects.get().status == "succeeded"

    def test_of_nobodys_order_is_foreign(self, phonepe: PhonePeWorld, paid: Order) -> None:
        """Whose it is, PhonePe says, not the body: what it knows under this id gives back an order of ours, or not."""
        post_hint(told("pg.refund.completed", merchantRefundId="MR1", originalMerchantOrderId=paid.public_id))
        phonepe.work()
        assert WebhookEvent.objects.get(type="pg.refund.completed").state == "foreign"
        assert phonepe.requests("GET", "/apis/pg-sandbox/payments/*") == 1

    def test_that_phonepe_does_not_know_is_foreign(self, phonepe: PhonePeWorld) -> None:
        made_up = f"{new_id('rf')}-{new_id('call')}"
        post_hint(told("pg.refund.completed", merchantRefundId=made_up, originalMerchantOrderId="MO1"))
        phonepe.work()
        assert WebhookEvent.objects.get().state == "foreign"
        assert phonepe.requests("GET", "/apis/pg-sandbox/payments/*") == 1

    def test_without_an_envelope_is_a_hint_as_well(self, phonepe: PhonePeWorld, paid: Order) -> None:
        phonepe.sandbox.control.phonepe("rules", refunds_wait=1)
        refund = self.send_back(phonepe)
        phonepe.at_refund(refund, "succeed")
        post_hint(phonepe.new_events()[-1]["told"]["payload"])
        phonepe.work()
        refund.refresh_from_db()
        assert (refund.status, WebhookEvent.objects.latest("pk").type) == ("succeeded", BARE)


class TestHint:
    """What is found by asking stands in the inbox as the delivery that should have told it."""

    def test_the_delivery_that_comes_after_all_is_a_duplicate(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        phonepe.at_page(pending, "pay")
        phonepe.poll()
        event = WebhookEvent.objects.get()
        assert (event.fetched, event.state, event.type) == (True, "processed", "checkout.order.completed")
        (told_late,) = phonepe.new_events()
        assert post_hint(told_late["told"]).json() == {"received": True, "duplicate": True}

    @pytest.mark.parametrize(
        ("steps", "event"),
        [
            (("decline",), "checkout.transaction.attempt.failed"),
            (("decline", "expire"), "checkout.order.failed"),
            (("expire",), "checkout.order.failed"),
        ],
    )
    def test_is_what_phonepe_told_or_would_have(
        self, phonepe: PhonePeWorld, pending: Payment, steps: tuple[str, ...], event: str
    ) -> None:
        for step in steps:
            phonepe.at_page(pending, step)
        phonepe.poll()
        kept = WebhookEvent.objects.get()
        assert (kept.type, kept.event_id) == (event, f"{event}:merchantOrderId:{pending.public_id}")
        last = phonepe.all_events()[-1]["told"]
        assert verified(last).event_id == kept.event_id

    def test_what_waits_told_nothing(self, phonepe: PhonePeWorld, pending: Payment) -> None:
        phonepe.at_page(pending, "wait")
        phonepe.poll()
        pending.refresh_from_db()
        assert (pending.is_processing, WebhookEvent.objects.count()) == (True, 0)
