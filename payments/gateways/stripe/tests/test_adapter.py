"""The adapter where the sandbox cannot take it: what it sends, and answers that come at awkward moments.

Everything that a gateway must do in its normal life is in the conformance suite.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from config.kernel.money import Money
from payments.gateways.contract import Answer, Capability, NewPayment, Outcome
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable, UnreadableObject
from payments.gateways.payment_views import PaymentState
from payments.gateways.stripe.adapter import NOT_HERE, StripeGateway, build
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.tests.scripted import Scripted, error, scripted
from payments.gateways.tests.scripted import Reply

AT = datetime(2026, 9, 21, 14, 0, tzinfo=UTC)
NEW = NewPayment(our_id="pay_one", call_id="call_one", order_id="ord_one", amount=Money(5_000, "INR"), opened_at=AT)
UNEXPECTED = error(400, "payment_intent_unexpected_state")
NOT_OPEN = error(400)  # a session that cannot expire any more is refused without a code


def adapter(script: Scripted) -> StripeGateway:
    return StripeGateway(script.connection)


def capture(script: Scripted, amount_minor: int = 5_000) -> Answer:
    return adapter(script).capture_payment(
        key="call_two", gateway_payment_id="pi_one", amount=Money(amount_minor, "INR")
    )


def cancel(script: Scripted, *, intent: str = "pi_one", session: str = "") -> Answer:
    return adapter(script).cancel_payment(key="call_two", gateway_payment_id=intent, session_id=session)


def paths(script: Scripted) -> list[str]:
    return [f"{request.method} {request.path}" for request in script.seen]


class TestCreatePayment:
    def test_makes_a_payment_intent_under_the_calls_key(self) -> None:
        with scripted(Reply(body=shapes.intent())) as script:
            answer = adapter(script).create_payment(NEW)
        assert answer.outcome is Outcome.SUCCEEDED
        [request] = script.seen
        assert request.headers["idempotency-key"] == "call_one"
        assert request.form["automatic_payment_methods[enabled]"] == "true"
        assert request.form["metadata[payment]"] == "pay_one"

    def test_makes_a_hosted_session_under_the_calls_key(self) -> None:
        new = NewPayment(
            our_id="pay_one",
            call_id="call_one",
            order_id="ord_one",
            amount=Money(5_000, "INR"),
            hosted=True,
            success_url="https://shop.example/done",
        )
        with scripted(Reply(body=shapes.session())) as script:
            answer = adapter(script).create_payment(new)
        assert answer.payment is not None
        assert answer.payment.session_id == "cs_test_one"
        [request] = script.seen
        assert request.path == "/v1/checkout/sessions"
        assert request.headers["idempotency-key"] == "call_one"
        assert request.form["payment_intent_data[metadata][call]"] == "call_one"

    def test_the_same_payment_is_the_same_request_byte_for_byte(self) -> None:
        with scripted(Reply(body=shapes.intent())) as script:
            adapter(script).create_payment(NEW)
            adapter(script).create_payment(NEW)
        assert script.seen[0].form == script.seen[1].form


class TestCapturePayment:
    def test_sends_the_amount_under_its_own_key(self) -> None:
        with scripted(Reply(body=shapes.paid_intent(amount_received=3_000))) as script:
            answer = capture(script, 3_000)
        assert answer.outcome is Outcome.SUCCEEDED
        [request] = script.seen
        assert request.path == "/v1/payment_intents/pi_one/capture"
        assert request.form["amount_to_capture"] == "3000"
        assert request.headers["idempotency-key"] == "call_two"

    @pytest.mark.parametrize(
        ("intent", "outcome"),
        [
            (shapes.paid_intent(), Outcome.SUCCEEDED),
            (shapes.paid_intent(amount_received=3_000), Outcome.DECLINED),
            (shapes.intent(status="processing"), Outcome.PENDING),
            (shapes.intent(status="requires_capture", amount_capturable=5_000), Outcome.UNKNOWN),
            (shapes.intent(status="canceled"), Outcome.DECLINED),
            (shapes.intent(), Outcome.DECLINED),
        ],
    )
    def test_a_refusal_for_the_state_is_believed_only_after_a_look(
        self, intent: dict[str, object], outcome: Outcome
    ) -> None:
        with scripted(UNEXPECTED, Reply(body=intent)) as script:
            answer = capture(script)
        assert paths(script) == ["POST /v1/payment_intents/pi_one/capture", "GET /v1/payment_intents/pi_one"]
        assert answer.outcome is outcome
        assert answer.payment is not None
        done = outcome in (Outcome.SUCCEEDED, Outcome.PENDING)
        assert (answer.failure is None) == done

    @pytest.mark.parametrize("reply", [error(500), error(429), Reply(hang_up=True), Reply(body={"object": "x"})])
    def test_a_look_that_fails_leaves_it_unknown(self, reply: Reply) -> None:
        with scripted(UNEXPECTED, reply) as script:
            answer = capture(script)
        assert answer.outcome is Outcome.UNKNOWN
        assert answer.failure is not None
        assert answer.failure.code == "payment_intent_unexpected_state"

    def test_another_refusal_is_final(self) -> None:
        with scripted(error(400, "amount_too_large")) as script:
            answer = capture(script)
        assert answer.outcome is Outcome.DECLINED
        assert len(script.seen) == 1


class TestCancelPayment:
    def test_a_payment_intent_is_cancelled(self) -> None:
        with scripted(Reply(body=shapes.intent(status="canceled"))) as script:
            answer = cancel(script)
        assert answer.outcome is Outcome.SUCCEEDED
        assert paths(script) == ["POST /v1/payment_intents/pi_one/cancel"]

    def test_a_session_is_expired_and_nothing_else(self) -> None:
        with scripted(Reply(body=shapes.session(status="expired"))) as script:
            answer = cancel(script, intent="pi_one", session="cs_test_one")
        assert answer.outcome is Outcome.SUCCEEDED
        assert paths(script) == ["POST /v1/checkout/sessions/cs_test_one/expire"]

    @pytest.mark.parametrize(
        ("intent", "outcome", "state"),
        [
            (shapes.intent(status="canceled"), Outcome.SUCCEEDED, PaymentState.CANCELLED),
            (shapes.paid_intent(), Outcome.DECLINED, PaymentState.CAPTURED),
            (shapes.intent(status="processing"), Outcome.DECLINED, PaymentState.PROCESSING),
        ],
    )
    def test_too_late_is_told_from_done_already(
        self, intent: dict[str, object], outcome: Outcome, state: PaymentState
    ) -> None:
        with scripted(UNEXPECTED, Reply(body=intent)) as script:
            answer = cancel(script)
        assert answer.outcome is outcome
        assert answer.payment is not None
        assert answer.payment.state is state

    @pytest.mark.parametrize(
        ("session", "outcome"),
        [
            (shapes.session(status="expired"), Outcome.SUCCEEDED),
            (shapes.session(status="complete", payment_intent=shapes.paid_intent()), Outcome.DECLINED),
            (shapes.session(status="complete", payment_intent="pi_one"), Outcome.DECLINED),
        ],
    )
    def test_a_session_too(self, session: dict[str, object], outcome: Outcome) -> None:
        with scripted(NOT_OPEN, Reply(body=session)) as script:
            answer = cancel(script, intent="", session="cs_test_one")
        assert answer.outcome is outcome
        assert paths(script)[1] == "GET /v1/checkout/sessions/cs_test_one"

    def test_what_a_finished_session_authorised_is_let_go_under_another_key(self) -> None:
        held = shapes.intent(status="requires_capture", amount_capturable=5_000)
        session = shapes.session(status="complete", payment_intent=held)
        with scripted(NOT_OPEN, Reply(body=session), Reply(body=shapes.intent(status="canceled"))) as script:
            answer = cancel(script, intent="", session="cs_test_one")
        assert answer.outcome is Outcome.SUCCEEDED
        assert paths(script)[2] == "POST /v1/payment_intents/pi_one/cancel"
        keys = [request.headers["idempotency-key"] for request in script.seen if request.method == "POST"]
        assert keys == ["call_two", "call_two-intent"]

    def test_what_does_not_exist_is_refused_without_a_look(self) -> None:
        with scripted(error(404, "resource_missing")) as script:
            answer = cancel(script)
        assert answer.outcome is Outcome.DECLINED
        assert len(script.seen) == 1

    @pytest.mark.parametrize("session", ["", "cs_test_one"])
    def test_no_answer_is_unknown(self, session: str) -> None:
        with scripted(Reply(hang_up=True)) as script:
            assert cancel(script, session=session).outcome is Outcome.UNKNOWN


class TestRefundPayment:
    def test_sends_our_marks_under_its_own_key(self) -> None:
        with scripted(Reply(body=shapes.refund())) as script:
            answer = adapter(script).refund_payment(
                key="call_two",
                our_id="rf_one",
                gateway_payment_id="pi_one",
                charge_id="ch_one",
                amount=Money(2_000, "INR"),
            )
        assert answer.outcome is Outcome.SUCCEEDED
        assert answer.refund is not None
        assert answer.refund.our_id == "rf_one"
        [request] = script.seen
        assert request.headers["idempotency-key"] == "call_two"
        assert request.form == {
            "amount": "2000",
            "metadata[refund]": "rf_one",
            "metadata[call]": "call_two",
            "payment_intent": "pi_one",
        }


class TestGetPayment:
    def test_asks_for_the_charge_and_its_movement(self) -> None:
        with scripted(Reply(body=shapes.paid_intent(latest_charge=shapes.charge()))) as script:
            view = adapter(script).get_payment(gateway_payment_id="pi_one", session_id="")
        assert view is not None
        assert [item.charge_id for item in view.captures] == ["ch_one"]
        assert script.seen[0].query == {"expand[0]": "latest_charge.balance_transaction"}

    def test_asks_for_the_session_where_there_is_one(self) -> None:
        with scripted(Reply(body=shapes.session())) as script:
            view = adapter(script).get_payment(gateway_payment_id="pi_one", session_id="cs_test_one")
        assert view is not None
        assert paths(script) == ["GET /v1/checkout/sessions/cs_test_one"]

    @pytest.mark.parametrize("session", ["", "cs_test_one"])
    def test_none_where_stripe_knows_nothing(self, session: str) -> None:
        with scripted(error(404, "resource_missing")) as script:
            assert adapter(script).get_payment(gateway_payment_id="pi_one", session_id=session) is None

    def test_an_unreadable_object_is_not_nothing(self) -> None:
        with scripted(Reply(body={"object": "payment_intent"})) as script, pytest.raises(UnreadableObject):
            adapter(script).get_payment(gateway_payment_id="pi_one", session_id="")


class TestFindPayment:
    def find(self, script: Scripted) -> object:
        return adapter(script).find_payment(our_id="pay_one", call_id="call_one", since=AT)

    def test_prefers_the_session_to_the_payment_within_it(self) -> None:
        with scripted(Reply(body=shapes.page(shapes.session())), Reply(body=shapes.session())) as script:
            assert self.find(script) is not None
        assert paths(script) == ["GET /v1/checkout/sessions", "GET /v1/checkout/sessions/cs_test_one"]

    def test_finds_a_payment_intent(self) -> None:
        empty, found = Reply(body=shapes.page()), Reply(body=shapes.page(shapes.intent()))
        with scripted(empty, empty, found, Reply(body=shapes.intent())) as script:
            assert self.find(script) is not None
        assert paths(script)[-1] == "GET /v1/payment_intents/pi_one"

    def test_none_after_all_was_seen(self) -> None:
        with scripted(Reply(body=shapes.page())) as script:
            assert self.find(script) is None
        assert len(script.seen) == 4  # both lists, near the call and later

    def test_no_answer_is_not_none(self) -> None:
        with scripted(error(500)) as script, pytest.raises(GatewayUnreachable):
            self.find(script)


class TestReads:
    def test_a_refund_by_id_or_by_our_mark(self) -> None:
        with scripted(Reply(body=shapes.refund())) as script:
            view = adapter(script).get_refund(refund_id="re_one")
        assert view is not None
        other = shapes.refund(id="re_other", metadata={})
        with scripted(Reply(body=shapes.page(other, shapes.refund()))) as script:
            assert adapter(script).find_refund(our_id="rf_one", call_id="call_one", gateway_payment_id="pi_one") == view
        assert script.seen[0].query["payment_intent"] == "pi_one"

    def test_no_refund_is_none(self) -> None:
        with scripted(Reply(body=shapes.page())) as script:
            assert adapter(script).find_refund(our_id="rf_one", call_id="call_one", gateway_payment_id="pi_one") is None
        with scripted(error(404, "resource_missing")) as script:
            assert adapter(script).get_refund(refund_id="re_none") is None

    def test_movements_of_a_span_of_time(self) -> None:
        with scripted(Reply(body=shapes.page(shapes.balance_transaction()))) as script:
            [view] = adapter(script).list_balance_transactions(since=AT, until=AT + timedelta(days=1))
        assert view.transaction_id == "txn_one"
        start = int(AT.timestamp())
        assert script.seen[0].query["created[gte]"] == str(start)
        assert script.seen[0].query["created[lt]"] == str(start + 86_400)

    def test_a_movement_by_id(self) -> None:
        with scripted(Reply(body=shapes.balance_transaction())) as script:
            view = adapter(script).get_balance_transaction(transaction_id="txn_one")
        assert view is not None
        with scripted(error(404, "resource_missing")) as script:
            assert adapter(script).get_balance_transaction(transaction_id="txn_none") is None

    def test_events_are_given_as_a_webhook_would_carry_them(self) -> None:
        newer = shapes.event("evt_2", "payment_intent.succeeded", shapes.paid_intent(), created=shapes.PAID_AT + 1)
        older = shapes.event("evt_1", "charge.succeeded", shapes.charge(description="Ünïcode ₹"))
        replies = [Reply(body=shapes.page(newer, older)), Reply(body=shapes.page())]
        with scripted(*replies) as script:
            events = list(adapter(script).list_events(since=AT))
        assert [(event.event_id, event.type) for event in events] == [
            ("evt_1", "charge.succeeded"),
            ("evt_2", "payment_intent.succeeded"),
        ]
        assert json.loads(events[0].body) == older
        assert script.seen[0].query["created[gte]"] == str(int(AT.timestamp()))

    def test_misconfigured_is_raised_by_reads_too(self) -> None:
        with scripted(error(401)) as script, pytest.raises(GatewayMisconfigured):
            adapter(script).get_payment(gateway_payment_id="pi_one", session_id="")


class TestBuild:
    def test_sends_nothing(self) -> None:
        gateway = build(secret_key="sk_test_of_nobody_0000", api_base="https://stripe.example.test")
        assert gateway.name == "stripe"
        assert gateway.capabilities == frozenset(Capability) - NOT_HERE
        assert gateway.minimum_minor("INR") == 50
        assert gateway.why_not_charge(Money(49, "INR")) is not None
