"""Razorpay's webhooks: whose signature is believed, and what their translations do to orders, holds and books."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from hypothesis import given
from hypothesis import strategies as st

from config.accounts.roles import Role
from config.inbox.contract import Rejected
from config.inbox.models import WebhookEvent, WebhookRejection
from orders.order.models import Order
from orders.tests.factories import make_user
from payments.charges.models import GatewayTransaction, Payment
from payments.charges.services.close import expire_reservation
from payments.disputes.models import Dispute
from payments.ledger.queries import balance_minor
from payments.refunds.models import Refund
from payments.settlements.models import Settlement
from payments.tests.razorpay_world import EMPTY, SECRETS, RazorpayWorld, credentials, post_razorpay
from payments.tests.walking import everything
from payments.webhooks.razorpay import verify

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NEWER, OLDER = SECRETS
EVENT: dict[str, Any] = {
    "entity": "event", "account_id": "acc_1", "event": "payment.captured", "contains": ["payment"],
    "payload": {"payment": {"entity": {"id": "pay_1", "entity": "payment"}}}, "created_at": 1_784_115_300,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _two_secrets(settings: Any) -> None:
    settings.GATEWAY_ACCOUNTS = {**django_settings.GATEWAY_ACCOUNTS, "razorpay": credentials("https://rzp.test")}


def body(**changes: Any) -> bytes:
    return json.dumps({**EVENT, **changes}).encode()


def signature(content: bytes, *, secret: str = NEWER) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def verified(content: bytes, signed: str | None = None, *, event_id: str = "evt1") -> Any:
    headers = {"X-Razorpay-Signature": signature(content) if signed is None else signed}
    if event_id:
        headers["X-Razorpay-Event-Id"] = event_id
    return verify(headers=headers, body=content, at=AT)


def rejection(content: bytes, signed: str | None = None, *, event_id: str = "evt1") -> str:
    with pytest.raises(Rejected) as rejected:
        verified(content, signed, event_id=event_id)
    return rejected.value.reason


class TestSignature:
    @pytest.mark.parametrize("secret", SECRETS)
    def test_by_either_of_two_secrets_is_believed(self, secret: str) -> None:
        found = verified(body(), signature(body(), secret=secret))
        assert (found.account, found.event_id, found.type, found.object_id, found.livemode) == (
            "razorpay", "evt1", "payment.captured", "pay_1", False
        )  # fmt: skip
        assert found.occurred_at == datetime(2026, 7, 15, 11, 35, tzinfo=UTC)
        assert found.body_is_unique

    @pytest.mark.parametrize("secret", ["of nobody", "", NEWER.upper(), NEWER[:-1]])
    def test_by_another_secret_is_rejected(self, secret: str) -> None:
        assert rejection(body(), signature(body(), secret=secret)) == "bad_signature"

    @pytest.mark.parametrize("signed", ["0" * 64, "ünsigned", signature(body())[:-1], signature(body()).upper()])
    def test_that_is_none_is_rejected(self, signed: str) -> None:
        assert rejection(body(), signed) == "bad_signature"

    def test_that_is_missing_is_rejected(self) -> None:
        assert rejection(body(), "") == "no_signature"
        with pytest.raises(Rejected, match="no_signature"):
            verify(headers={}, body=body(), at=AT)

    @given(position=st.integers(0, len(body()) - 1), bit=st.integers(0, 7))
    def test_any_altered_bit_is_rejected(self, position: int, bit: int) -> None:
        altered = bytearray(body())
        altered[position] ^= 1 << bit
        assert rejection(bytes(altered), signature(body())) == "bad_signature"

    def test_of_other_white_space_is_rejected(self) -> None:
        """The exact bytes are signed, not what they mean."""
        assert rejection(json.dumps(EVENT, indent=1).encode(), signature(body())) == "bad_signature"

    def test_without_a_secret_nothing_is_believed(self, settings: Any) -> None:
        settings.GATEWAY_ACCOUNTS = {"razorpay": credentials("https://rzp.test", webhook_secrets=())}
        assert rejection(body(), signature(body(), secret="")) == "bad_signature"

    def test_of_another_gateways_account_is_rejected(self, settings: Any) -> None:
        settings.GATEWAY_ACCOUNTS = {"stripe": replace(django_settings.GATEWAY_ACCOUNTS["stripe"])}
        mine = django_settings.GATEWAY_ACCOUNTS["stripe"].webhook_secrets[0]
        assert rejection(body(), signature(body(), secret=mine)) == "bad_signature"

    def test_says_whose_it_is_and_in_which_mode_where_there_are_two_accounts(self, settings: Any) -> None:
        live = credentials("https://rzp.test", code="rzp-live", livemode=True, webhook_secrets=("secret_of_live_0000",))
        settings.GATEWAY_ACCOUNTS = {"razorpay": credentials("https://rzp.test"), "rzp-live": live}
        found = verified(body(), signature(body(), secret="secret_of_live_0000"))
        assert (found.account, found.livemode) == ("rzp-live", True)


class TestBody:
    @pytest.mark.parametrize("event_id", ["", "e" * 256, "two words", "x;y", "é"])
    def test_without_a_decent_event_id_it_is_known_by_its_body(self, event_id: str) -> None:
        """Its signature is good, and covers no id: what was signed is never lost."""
        found = verified(body(), event_id=event_id)
        assert found.event_id == f"body:{hashlib.sha256(body()).hexdigest()}"
        assert found.body_is_unique

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "not_json"),
            (b"[]", "not_an_object"),
            (b"\xff\xfe", "not_utf8"),
            (body(event=None), "no_event"),
            (body(event=""), "no_event"),
            (body(event=7), "no_event"),
            (body(event={"id": "no name"}), "no_event"),
            (body(event="t" * 121), "no_event"),
            (b'{"a":' * 100 + b"1" + b"}" * 100, "nested_too_deeply"),
        ],
    )
    def test_that_is_no_event_is_rejected(self, content: bytes, reason: str) -> None:
        assert rejection(content) == reason

    def test_that_is_wrapped_once_more_is_read(self) -> None:
        inner = {"name": "token.service_provider.failed", "payload": {"token": {"entity": {"id": "token_1"}}}}
        found = verified(json.dumps({"event": inner}).encode())
        assert (found.type, found.object_id, found.occurred_at) == ("token.service_provider.failed", "token_1", AT)

    def test_that_says_its_time_inside_is_dated_by_that(self) -> None:
        payload = {**EVENT["payload"], "created_at": 1_784_115_300}
        content = json.dumps({"event": "refund.speed_changed", "payload": payload}).encode()
        assert verified(content).occurred_at == datetime(2026, 7, 15, 11, 35, tzinfo=UTC)

    @pytest.mark.parametrize("created", [None, "1784115300", 1.5, True, -1, 10**18])
    def test_that_says_no_time_is_dated_by_its_arrival(self, created: Any) -> None:
        assert verified(body(created_at=created)).occurred_at == AT

    def test_is_named_for_the_object_of_its_type(self) -> None:
        both = {"payment": {"entity": {"id": "pay_1"}}, "dispute": {"entity": {"id": "disp_1"}}}
        assert verified(body(event="payment.dispute.created", payload=both)).object_id == "disp_1"
        assert verified(body(event="payment.captured", payload=both)).object_id == "pay_1"
        assert verified(body(event="account.updated", payload=None)).object_id == ""

    @given(st.binary(max_size=200))
    def test_of_noise_is_rejected_and_breaks_nothing(self, noise: bytes) -> None:
        assert rejection(noise) in {
            "not_json", "not_utf8", "not_an_object", "no_event", "nested_too_deeply", "nul_character"
        }  # fmt: skip


@pytest.mark.django_db(transaction=True)
class TestDoor:
    def test_one_without_an_id_is_kept_and_comes_again_under_its_id_as_a_duplicate(
        self, razorpay: RazorpayWorld
    ) -> None:
        assert post_razorpay(body(), event_id="").json() == {"received": True, "duplicate": False}
        assert post_razorpay(body(), event_id="evt_late").json() == {"received": True, "duplicate": True}
        assert WebhookEvent.objects.get().event_id.startswith("body:")
        assert not WebhookRejection.objects.exists()

    def test_the_same_body_under_another_id_is_the_same_event(self, razorpay: RazorpayWorld) -> None:
        """Nobody signed the id: whoever has a delivery could send it again under a new one."""
        razorpay.pay(razorpay.start(razorpay.order(10_000)))
        event = razorpay.all_events()[-1]
        assert post_razorpay(event["body"], event_id=event["id"]).json() == {"received": True, "duplicate": False}
        for event_id in (event["id"], "another"):
            assert post_razorpay(event["body"], event_id=event_id).json() == {"received": True, "duplicate": True}
        assert WebhookEvent.objects.count() == 1

    @pytest.mark.parametrize("is_forged_first", [True, False])
    def test_an_id_that_is_used_up_suppresses_nothing(self, razorpay: RazorpayWorld, is_forged_first: bool) -> None:
        """Whoever caught one signed body could send it under the id of the event that is to come."""
        razorpay.pay(razorpay.start(razorpay.order(10_000)), EMPTY)
        caught = razorpay.new_events()[0]
        razorpay.deliver([caught])
        razorpay.confirm(Payment.objects.get())
        (true,) = [event for event in razorpay.new_events() if event["body"]["event"] == "payment.captured"]
        sent = [{"id": true["id"], "body": caught["body"]}, true]
        assert razorpay.deliver(sent if is_forged_first else reversed(sent)) == [200, 200]
        other = {**EVENT, "created_at": 1}
        assert post_razorpay(other, event_id=true["id"]).json() == {"received": True, "duplicate": False}
        razorpay.work()
        assert Payment.objects.get().captured_minor == 10_000
        assert WebhookEvent.objects.filter(event_id=true["id"]).get().mismatched_bodies == 1

    def test_one_that_we_do_not_handle_says_whom_it_concerns(self, razorpay: RazorpayWorld) -> None:
        """Its body may name them, and goes when they are to be forgotten."""
        order = razorpay.paid_order(10_000)
        buyer = make_user(Role.BUYER)
        Order.objects.filter(pk=order.pk).update(buyer=buyer)
        told = razorpay.all_events()[-1]["body"]
        for number, kind in enumerate(("payment.pending", "order.notification.failed")):
            post_razorpay({**told, "event": kind}, event_id=f"evt{number}")
        razorpay.work()
        ignored = WebhookEvent.objects.filter(state="ignored")
        assert list(ignored.values_list("concerns", flat=True)) == [[buyer.public_id]] * 2

    def test_a_forged_one_is_a_rejection(self, razorpay: RazorpayWorld) -> None:
        assert post_razorpay(EVENT, event_id="evt1", secret="of nobody").status_code == 400
        assert WebhookRejection.objects.get().reason == "bad_signature"
        assert not WebhookEvent.objects.exists()

    def test_without_a_secret_there_is_no_door(self, razorpay: RazorpayWorld, settings: Any) -> None:
        settings.GATEWAY_ACCOUNTS = {"razorpay": credentials("https://rzp.test", webhook_secrets=())}
        assert post_razorpay(EVENT, event_id="evt1").status_code == 404


def fresh(order: Order) -> Order:
    order.refresh_from_db()
    return order


@pytest.mark.django_db(transaction=True)
class TestPayments:
    def test_a_payment_is_booked_once_with_its_fee_and_nobody_is_asked(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(6_000, 4_000)
        razorpay.pay(razorpay.start(order))
        asked = razorpay.requests("GET", "*")
        razorpay.hear([each for each in razorpay.new_events() if each["body"]["event"] != "payment.authorized"])
        assert razorpay.requests("GET", "*") == asked
        payment = razorpay.payment(order)
        assert (fresh(order).status, payment.status, payment.captured_minor) == ("paid", "captured", 10_000)
        assert (payment.charge_id[:4], payment.method, payment.network, payment.last4) == (
            "pay_",
            "card",
            "",
            "1007",
        )
        movement = GatewayTransaction.objects.get()
        assert (movement.external_id, movement.type, movement.net_minor) == (payment.charge_id, "payment", 10_000 - 236)
        assert balance_minor("gateway_fees", currency="INR") == 200
        assert balance_minor("input_tax", currency="INR") == 36
        assert balance_minor("clearing", currency="INR") == 10_000 - 236

    @pytest.mark.parametrize("backwards", [False, True])
    def test_whatever_the_order_of_arrival_the_end_is_the_same(self, razorpay: RazorpayWorld, backwards: bool) -> None:
        order = razorpay.order(10_000)
        started = razorpay.start(order)
        razorpay.pay(started, EMPTY)
        razorpay.pay(started)
        events = razorpay.new_events()
        razorpay.hear(events[::-1] if backwards else events)
        payment = razorpay.payment(order)
        assert (fresh(order).status, payment.status, payment.captured_minor) == ("paid", "captured", 10_000)
        before = everything()
        for event in events:
            post_razorpay({**event["body"], "told": "again"}, event_id=f"again{event['id']}")
        razorpay.work()
        assert everything() == before

    def test_a_decline_leaves_the_order_payable_and_says_why(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        started = razorpay.start(order)
        razorpay.pay(started, EMPTY)
        razorpay.hear()
        payment = razorpay.payment(order)
        assert (fresh(order).status, payment.status, payment.failure_code) == (
            "pending_payment", "failed", "insufficient_fund"
        )  # fmt: skip
        razorpay.pay(started)
        razorpay.hear()
        assert fresh(order).status == "paid"

    def test_an_old_failure_does_not_take_a_payment_back(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        started = razorpay.start(order)
        razorpay.pay(started, EMPTY)
        old = razorpay.new_events()
        razorpay.pay(started)
        razorpay.hear([each for each in razorpay.new_events() if each not in old])
        razorpay.hear(old)
        assert (fresh(order).status, razorpay.payment(order).status) == ("paid", "captured")

    def test_authorized_late_it_is_captured_and_paid(self, razorpay: RazorpayWorld) -> None:
        """The bank's yes comes after Razorpay had given the payment up: failed → authorized → captured."""
        order = razorpay.order(10_000)
        razorpay.pay(razorpay.start(order), "netbanking")
        razorpay.at_charge(razorpay.payment(order), "fail", reason="payment_timed_out")
        razorpay.hear()
        assert razorpay.payment(order).status == "failed"
        razorpay.at_charge(razorpay.payment(order), "authorize")
        razorpay.hear()  # and the machine captures what Razorpay does not capture by itself
        razorpay.hear()
        assert (fresh(order).status, razorpay.payment(order).status) == ("paid", "captured")
        assert razorpay.moved(order, "captured") == (1, 10_000)

    def test_authorized_late_for_an_order_that_is_over_it_is_let_go(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.pay(razorpay.start(order), "netbanking")
        razorpay.at_charge(razorpay.payment(order), "fail", reason="payment_timed_out")
        razorpay.hear()
        razorpay.later(days=1)
        assert expire_reservation(order_pk=order.pk, at=razorpay.at)
        razorpay.at_charge(razorpay.payment(order), "authorize")
        razorpay.hear()
        assert razorpay.moved(order, "captured") == (0, 0)
        razorpay.at_charge(razorpay.payment(order), "release")
        razorpay.hear()
        assert (fresh(order).status, razorpay.payment(order).captured_minor) == ("expired", 0)
        assert not Refund.objects.exists()

    def test_what_is_paid_after_the_order_was_given_up_goes_back(self, razorpay: RazorpayWorld) -> None:
        """Nothing closes an order at Razorpay, so its page may be paid for ever."""
        order = razorpay.order(10_000)
        started = razorpay.start(order)
        razorpay.later(days=1)
        assert expire_reservation(order_pk=order.pk, at=razorpay.at)
        assert (fresh(order).status, razorpay.payment(order).status) == ("expired", "cancelled")
        razorpay.pay(started)
        razorpay.hear()
        razorpay.hear()
        refund = Refund.objects.get()
        assert (refund.status, refund.amount_minor) == ("succeeded", 10_000)
        assert (razorpay.moved(order, "captured"), razorpay.moved(order, "refunded")) == ((1, 10_000), (1, 10_000))

    def test_an_order_whose_payment_is_under_way_is_not_given_up(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.pay(razorpay.start(order), "upi_collect")
        razorpay.later(hours=1)
        assert not expire_reservation(order_pk=order.pk, at=razorpay.at)
        assert (fresh(order).status, razorpay.payment(order).is_processing) == ("pending_payment", True)

    def test_somebody_elses_order_is_foreign(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.pay(razorpay.start(order))
        before = everything()
        events = razorpay.new_events()
        for event in events:  # as orders look that no program of ours made
            for entity in event["body"]["payload"].values():
                entity["entity"] |= {"notes": [], "receipt": "theirs"}
                entity["entity"]["id"] = entity["entity"]["id"][:-4] + "0000"
                if "order_id" in entity["entity"]:
                    entity["entity"]["order_id"] = entity["entity"]["order_id"][:-4] + "0000"
        razorpay.hear(events)
        assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"foreign"}
        assert everything() == before

    def test_what_cannot_be_read_is_dead_at_once_and_named(self, razorpay: RazorpayWorld) -> None:
        razorpay.pay(razorpay.start(razorpay.order(10_000)))
        event = next(each for each in razorpay.new_events() if each["body"]["event"] == "payment.captured")
        event["body"]["payload"]["payment"]["entity"]["amount"] = "10000"
        razorpay.hear([event])
        row = WebhookEvent.objects.get()
        assert (row.state, row.last_error_code, row.last_error) == ("dead", "unreadable_object", "payment.amount")

    def test_an_event_that_came_before_its_payment_was_stored_is_booked(self, razorpay: RazorpayWorld) -> None:
        """Our id travels with the order, so that the answer of the call that made it need not have been recorded."""
        order = razorpay.order(10_000)
        started = razorpay.start(order)
        razorpay.pay(started)
        Payment.objects.filter(pk=started.payment.pk).update(gateway_payment_id=None)
        razorpay.hear()
        assert (fresh(order).status, razorpay.payment(order).gateway_payment_id) == (
            "paid", started.payment.gateway_payment_id
        )  # fmt: skip


@pytest.mark.django_db(transaction=True)
class TestRefunds:
    def test_one_of_the_dashboard_is_recorded_once(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.paid_order(10_000)
        refund_id = razorpay.refund_outside(order, 4_000)
        razorpay.hear()
        refund = Refund.objects.get()
        assert (refund.gateway_refund_id, refund.status, refund.cause, refund.amount_minor) == (
            refund_id, "succeeded", "external", 4_000
        )  # fmt: skip
        assert (fresh(order).payment_status, refund.reference != "") == ("partially_refunded", True)

    def test_one_that_comes_back_is_owed_again(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.paid_order(10_000)
        refund_id = razorpay.refund_outside(order, 4_000)
        razorpay.hear()
        razorpay.sandbox.control.razorpay(f"refunds/{refund_id}/fail")
        razorpay.hear()
        assert razorpay.payment(order).refunded_minor == 0
        assert razorpay.moved(order, "refund_returned") == (1, 4_000)

    def test_razorpays_own_of_what_was_never_captured_books_nothing(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        razorpay.pay(razorpay.start(order, capture_manually=True))
        razorpay.hear()
        assert razorpay.payment(order).status == "authorized"
        razorpay.sandbox.control.shift_clock(timedelta(days=3, minutes=1).total_seconds())
        razorpay.hear()
        assert (razorpay.payment(order).status, razorpay.payment(order).captured_minor) == ("expired", 0)
        assert not Refund.objects.exists()
        assert razorpay.moved(order, "released") == (1, 10_000)

    def test_of_a_payment_that_was_not_booked_yet_the_payment_is_booked_first(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.order(10_000)
        started = razorpay.start(order)
        razorpay.pay(started)
        charge = razorpay.attempts(started.payment)[0]["id"]
        razorpay.sandbox.control.razorpay(f"payments/{charge}/refund", amount=4_000)
        refunds = [each for each in razorpay.new_events() if each["body"]["event"].startswith("refund.")]
        razorpay.hear(refunds)
        payment = razorpay.payment(order)
        assert (payment.captured_minor, payment.refunded_minor, fresh(order).status) == (10_000, 4_000, "paid")

    def test_without_its_payment_it_is_asked_for(self, razorpay: RazorpayWorld) -> None:
        order = razorpay.paid_order(10_000)
        razorpay.refund_outside(order, 4_000)
        event = next(each for each in razorpay.new_events() if each["body"]["event"] == "refund.processed")
        del event["body"]["payload"]["payment"]
        razorpay.hear([event])
        assert razorpay.payment(order).refunded_minor == 4_000


@pytest.mark.django_db(transaction=True)
class TestSettlements:
    def test_its_money_leaves_our_balance_there_once(self, razorpay: RazorpayWorld) -> None:
        razorpay.paid_order(10_000)
        settled = razorpay.sandbox.control.razorpay("settle")["object"]
        events = razorpay.new_events()
        razorpay.hear(events)
        razorpay.hear([{"id": "again", "body": {**events[0]["body"], "told": "again"}}])
        settlement = Settlement.objects.get()
        assert (settlement.gateway_settlement_id, settlement.status) == (settled["id"], "paid")
        assert (settlement.amount_minor, settlement.currency, settlement.reference) == (9_764, "INR", settled["utr"])
        assert balance_minor("clearing", currency="INR") == 0
        assert balance_minor("settling", currency="INR") == 9_764


@pytest.mark.django_db(transaction=True)
class TestDisputes:
    def disputed(self, razorpay: RazorpayWorld, **order: Any) -> tuple[Order, str]:
        paid = razorpay.paid_order(10_000)
        charge = razorpay.payment(paid).charge_id
        made = razorpay.sandbox.control.razorpay(f"payments/{charge}/dispute", **order)
        return paid, str(made["object"]["id"])

    def decide(self, razorpay: RazorpayWorld, dispute_id: str, *, won: bool) -> None:
        razorpay.sandbox.control.razorpay(f"disputes/{dispute_id}/decide", won=won)

    def test_opened_freezes_the_hold_and_moves_no_money(self, razorpay: RazorpayWorld) -> None:
        order, dispute_id = self.disputed(razorpay)
        razorpay.hear()
        dispute = Dispute.objects.get()
        assert (dispute.gateway_dispute_id, dispute.status, dispute.withdrawn_minor) == (
            dispute_id,
            "needs_response",
            0,
        )
        assert [hold.status for hold in razorpay.holds(order)] == ["frozen"]

    @pytest.mark.parametrize("backwards", [False, True])
    def test_lost_its_money_is_gone_whatever_comes_first(self, razorpay: RazorpayWorld, backwards: bool) -> None:
        _, dispute_id = self.disputed(razorpay, amount=4_000)
        self.decide(razorpay, dispute_id, won=False)
        events = razorpay.new_events()
        razorpay.hear(events[::-1] if backwards else events)
        dispute = Dispute.objects.get()
        assert (dispute.status, dispute.withdrawn_minor, dispute.lost_minor) == ("lost", 4_000, 4_000)
        assert balance_minor("clearing", currency="INR") == 10_000 - 236 - 4_000

    @pytest.mark.parametrize("backwards", [False, True])
    def test_lost_and_won_after_all_its_money_is_back(self, razorpay: RazorpayWorld, backwards: bool) -> None:
        _, dispute_id = self.disputed(razorpay)
        self.decide(razorpay, dispute_id, won=False)
        if not backwards:
            razorpay.hear()
        razorpay.sandbox.control.shift_clock(5)
        self.decide(razorpay, dispute_id, won=True)
        events = razorpay.new_events()
        razorpay.hear(events[::-1] if backwards else events)
        dispute = Dispute.objects.get()
        assert (dispute.status, dispute.withdrawn_minor, dispute.lost_minor) == ("won", 0, 0)
        assert balance_minor("clearing", currency="INR") == 10_000 - 236

    @pytest.mark.parametrize("heard", ["each", "all", "backwards"])
    def test_lost_won_and_lost_again_it_is_gone_as_often_as_it_was_taken(
        self, razorpay: RazorpayWorld, heard: str
    ) -> None:
        """It tells how much is deducted now, and never that it was deducted twice."""
        order, dispute_id = self.disputed(razorpay, amount=4_000)
        for won in (False, True, False):
            razorpay.sandbox.control.shift_clock(5)
            self.decide(razorpay, dispute_id, won=won)
            if heard == "each":
                razorpay.hear()
        events = razorpay.new_events()
        razorpay.hear(events[::-1] if heard == "backwards" else events)
        dispute = Dispute.objects.get()
        assert (dispute.status, dispute.withdrawn_minor, dispute.lost_minor) == ("lost", 4_000, 4_000)
        assert dispute.movements.count() == (3 if heard == "each" else 1)
        assert [hold.remaining_minor for hold in razorpay.holds(order)] == [6_000]
        assert balance_minor("clearing", currency="INR") == 10_000 - 236 - 4_000

    def test_an_old_level_told_again_moves_nothing(self, razorpay: RazorpayWorld) -> None:
        _, dispute_id = self.disputed(razorpay, amount=4_000)
        opened = razorpay.new_events()
        razorpay.hear()
        razorpay.sandbox.control.razorpay(f"disputes/{dispute_id}/deduct")
        razorpay.sandbox.control.razorpay(f"disputes/{dispute_id}/require", phase="pre_arbitration")
        razorpay.hear()
        before = balance_minor("clearing", currency="INR")
        WebhookEvent.objects.filter(type="payment.dispute.created").update(state="due", attempts=0)
        razorpay.hear(opened)
        dispute = Dispute.objects.get()
        assert (dispute.withdrawn_minor, dispute.movements.count()) == (4_000, 1)
        assert balance_minor("clearing", currency="INR") == before == 10_000 - 236 - 4_000

    def test_a_retrieval_request_is_an_inquiry(self, razorpay: RazorpayWorld) -> None:
        _, dispute_id = self.disputed(razorpay, phase="retrieval")
        razorpay.hear()
        assert Dispute.objects.get().status == "inquiry"
        razorpay.sandbox.control.razorpay(f"disputes/{dispute_id}/close")
        razorpay.hear()
        assert Dispute.objects.get().status == "inquiry_closed"
