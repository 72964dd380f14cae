"""The adapter where the sandbox cannot show it: what is asked in which order, and what an odd answer means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from config.kernel.money import Money
from payments.gateways.contract import Capability, NewPayment, Outcome
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable, NotOffered
from payments.gateways.payment_views import PaymentState
from payments.gateways.razorpay.adapter import build
from payments.gateways.razorpay.tests import entities
from payments.gateways.razorpay.tests.scripted import KEY_ID, KEY_SECRET, refusal, scripted
from payments.gateways.tests.scripted import Reply

AT = datetime(2026, 11, 20, tzinfo=UTC)
AMOUNT = Money(50_000, "INR")
NEW = NewPayment(our_id="pay_ours", call_id="call_ours", order_id="ord_ours", amount=AMOUNT)
AUTHORIZED = Reply(body=entities.page(entities.payment("authorized")))
MISSING = refusal(400, description="The id provided does not exist")


class TestBuild:
    def test_sends_nothing(self) -> None:
        gateway = build(key_id=KEY_ID, key_secret=KEY_SECRET, api_base="https://rzp.example.test")
        assert (gateway.name, gateway.public_key) == ("razorpay", KEY_ID)
        assert Capability.CANCEL_PAYMENT not in gateway.capabilities
        assert gateway.absent_payment.after == timedelta(minutes=2)

    def test_the_key_says_the_mode(self) -> None:
        with scripted(Reply(body=entities.order())) as script:
            view = script.gateway.create_payment(NEW).payment
            live = build(key_id="rzp_live_1", key_secret=KEY_SECRET, api_base=script.client.base_url)
            assert view is not None
            assert not view.livemode
            found = live.create_payment(NEW).payment
        assert found is not None
        assert found.livemode


class TestCreate:
    def test_a_refusal_for_the_amount_is_told_in_our_words(self) -> None:
        small = NewPayment(our_id="pay_ours", call_id="call_ours", order_id="ord_ours", amount=Money(99, "INR"))
        with scripted(refusal(400, field="amount")) as script:
            answer = script.gateway.create_payment(small)
        assert answer.failure is not None
        assert (answer.outcome, answer.failure.code) == (Outcome.DECLINED, "amount_too_small")

    def test_any_other_refusal_keeps_its_own(self) -> None:
        with scripted(refusal(400, field="receipt")) as script:
            answer = script.gateway.create_payment(NEW)
        assert answer.failure is not None
        assert (answer.outcome, answer.failure.field) == (Outcome.DECLINED, "receipt")


class TestCapture:
    def test_takes_the_attempt_that_waits(self) -> None:
        attempts = entities.page(entities.failed(id="pay_Two"), entities.payment("authorized"))
        with scripted(Reply(body=attempts), Reply(body=entities.payment())) as script:
            answer = script.gateway.capture_payment(key="k", gateway_payment_id="order_One", amount=AMOUNT)
        assert answer.outcome is Outcome.SUCCEEDED
        assert [(seen.method, seen.path) for seen in script.seen] == [
            ("GET", "/v1/orders/order_One/payments"), ("POST", "/v1/payments/pay_One/capture")
        ]  # fmt: skip
        assert script.seen[1].body == {"amount": 50_000, "currency": "INR"}

    @pytest.mark.parametrize("reply", [Reply(hang_up=True), refusal(500), refusal(429), Reply(body={"items": 1})])
    def test_that_could_not_look_was_not_executed(self, reply: Reply) -> None:
        with scripted(reply) as script:
            answer = script.gateway.capture_payment(key="k", gateway_payment_id="order_One", amount=AMOUNT)
        assert answer.outcome is Outcome.NOT_EXECUTED
        assert [seen.method for seen in script.seen] == ["GET"]

    def test_our_key_is_a_matter_for_a_person_there_too(self) -> None:
        with scripted(refusal(401)) as script, pytest.raises(GatewayMisconfigured):
            script.gateway.capture_payment(key="k", gateway_payment_id="order_One", amount=AMOUNT)

    def test_refused_because_it_was_done_already_is_success(self) -> None:
        done = Reply(body=entities.page(entities.payment()))
        refused = refusal(400, description="This payment has already been captured")
        with scripted(AUTHORIZED, refused, Reply(body=entities.order()), done) as script:
            answer = script.gateway.capture_payment(key="k", gateway_payment_id="order_One", amount=AMOUNT)
        assert (answer.outcome, answer.failure) == (Outcome.SUCCEEDED, None)

    def test_refused_and_then_not_to_be_seen_is_unknown(self) -> None:
        with scripted(AUTHORIZED, refusal(400), Reply(hang_up=True)) as script:
            answer = script.gateway.capture_payment(key="k", gateway_payment_id="order_One", amount=AMOUNT)
        assert answer.outcome is Outcome.UNKNOWN

    def test_refused_while_it_still_waits_stays_refused(self) -> None:
        with scripted(AUTHORIZED, refusal(400), Reply(body=entities.order()), AUTHORIZED) as script:
            answer = script.gateway.capture_payment(key="k", gateway_payment_id="order_One", amount=AMOUNT)
        assert answer.outcome is Outcome.DECLINED
        assert answer.payment is not None
        assert answer.payment.state is PaymentState.AUTHORIZED


class TestRefund:
    def test_goes_to_the_charge_under_its_key(self) -> None:
        with scripted(Reply(body=entities.refund())) as script:
            answer = script.gateway.refund_payment(
                key="call_refund", our_id="rf_ours", gateway_payment_id="order_One", charge_id="pay_One",
                amount=Money(20_000, "INR"),
            )  # fmt: skip
        assert answer.outcome is Outcome.SUCCEEDED
        assert answer.refund is not None
        assert answer.refund.gateway_payment_id == "order_One"
        (seen,) = script.seen
        assert (seen.path, seen.headers["x-refund-idempotency"]) == ("/v1/payments/pay_One/refund", "call_refund")
        assert seen.body["amount"] == 20_000

    def test_without_a_charge_what_was_captured_is_looked_up(self) -> None:
        with scripted(Reply(body=entities.page(entities.payment())), Reply(body=entities.refund())) as script:
            answer = script.gateway.refund_payment(
                key="call_refund", our_id="rf_ours", gateway_payment_id="order_One", charge_id="",
                amount=Money(20_000, "INR"),
            )  # fmt: skip
        assert answer.outcome is Outcome.SUCCEEDED
        assert script.seen[1].path == "/v1/payments/pay_One/refund"

    @pytest.mark.parametrize(
        ("look", "outcome"),
        [(Reply(hang_up=True), Outcome.NOT_EXECUTED), (AUTHORIZED, Outcome.DECLINED), (MISSING, Outcome.DECLINED)],
    )
    def test_without_one_nothing_is_sent(self, look: Reply, outcome: Outcome) -> None:
        with scripted(look) as script:
            answer = script.gateway.refund_payment(
                key="call_refund", our_id="rf_ours", gateway_payment_id="order_One", charge_id="", amount=AMOUNT
            )
        assert answer.outcome is outcome
        assert [seen.method for seen in script.seen] == ["GET"]

    def test_another_body_under_its_key_proves_nothing(self) -> None:
        with scripted(refusal(409)) as script:
            answer = script.gateway.refund_payment(
                key="call_refund", our_id="rf_ours", gateway_payment_id="order_One", charge_id="pay_One", amount=AMOUNT
            )
        assert answer.outcome is Outcome.UNKNOWN


class TestReads:
    def test_without_an_id_nobody_is_asked(self) -> None:
        with scripted(Reply(body=entities.page())) as script:
            assert script.gateway.get_payment(gateway_payment_id="", session_id="") is None
        assert script.seen == []

    def test_an_order_whose_attempts_are_not_told_is_not_told(self) -> None:
        with scripted(Reply(body=entities.order()), Reply(hang_up=True)) as script, pytest.raises(GatewayUnreachable):
            script.gateway.get_payment(gateway_payment_id="order_One", session_id="")

    def test_the_object_of_the_call_is_found_before_another_of_the_payment(self) -> None:
        other = entities.order(id="order_Two", notes={"payment": "pay_ours", "call": "call_other"})
        listed = Reply(body=entities.page(other, entities.order()))
        with scripted(listed, Reply(body=entities.page())) as script:
            found = script.gateway.find_payment(our_id="pay_ours", call_id="call_ours", since=AT)
        assert found is not None
        assert found.gateway_payment_id == "order_One"
        assert script.seen[0].query["receipt"] == "pay_ours"

    def test_a_receipt_alone_makes_no_object_ours(self) -> None:
        with scripted(Reply(body=entities.page(entities.order(notes=[])))) as script:
            assert script.gateway.find_payment(our_id="pay_ours", call_id="call_ours", since=AT) is None

    def test_refunds_are_those_of_every_attempt_that_took_money(self) -> None:
        attempts = entities.page(entities.payment(id="pay_Two"), entities.failed(), entities.payment())
        newer = entities.refund(id="rfnd_Two", payment_id="pay_One", created_at=entities.MADE + 99)
        with scripted(
            Reply(body=attempts), Reply(body=entities.page(entities.refund(payment_id="pay_Two"))),
            Reply(body=entities.page(newer)),
        ) as script:  # fmt: skip
            found = list(script.gateway.list_refunds(gateway_payment_id="order_One"))
        assert [each.refund_id for each in found] == ["rfnd_Two", "rfnd_One"]
        assert [seen.path for seen in script.seen[1:]] == [
            "/v1/payments/pay_Two/refunds",
            "/v1/payments/pay_One/refunds",
        ]

    def test_what_is_not_offered_is_said(self) -> None:
        gateway = build(key_id=KEY_ID, key_secret=KEY_SECRET, api_base="https://rzp.example.test")
        for call in (
            lambda: gateway.cancel_payment(key="k", gateway_payment_id="o", session_id=""),
            lambda: gateway.list_events(since=AT),
        ):
            with pytest.raises(NotOffered):
                call()
