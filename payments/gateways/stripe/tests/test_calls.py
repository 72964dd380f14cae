"""From an HTTP answer to an Answer, through the real SDK."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from config.calls.fields import JSON
from payments.gateways.contract import Answer, Outcome
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable, QuestionRefused
from payments.gateways.payment_views import PaymentState
from payments.gateways.readings import Reading
from payments.gateways.stripe.calls import change, look
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.tests.scripted import error, impatient, scripted
from payments.gateways.stripe.views import payment_from_intent
from payments.gateways.tests.scripted import Reply, closed_port


def send(client: stripe.StripeClient) -> Any:
    return client.v1.payment_intents.create({"amount": 5_000, "currency": "inr"}, {"idempotency_key": "call_one"})


def read(intent: JSON) -> Reading:
    return Reading(Outcome.SUCCEEDED, payment=payment_from_intent(intent))


def change_against(*replies: Reply) -> Answer:
    with scripted(*replies) as script:
        return change(script.connection, send, read)


class TestChange:
    def test_a_good_answer_is_kept_whole(self) -> None:
        answer = change_against(Reply(body=shapes.intent(), headers={"Request-Id": "req_1"}))
        assert answer.outcome is Outcome.SUCCEEDED
        assert answer.payment is not None
        assert answer.payment.gateway_payment_id == "pi_one"
        assert (answer.http_status, answer.request_id) == (200, "req_1")
        assert answer.raw == shapes.intent()
        assert answer.failure is None

    @pytest.mark.parametrize(
        ("replies", "outcome", "code"),
        [
            ([error(400, "amount_too_small")], Outcome.DECLINED, "amount_too_small"),
            ([error(404, "resource_missing")], Outcome.DECLINED, "resource_missing"),
            ([error(402, "card_declined")], Outcome.DECLINED, "card_declined"),
            ([error(429, "lock_timeout")], Outcome.NOT_EXECUTED, "lock_timeout"),
            ([error(400, type="idempotency_error")], Outcome.UNKNOWN, "idempotency_error"),
            ([error(409, "idempotency_key_in_use")], Outcome.UNKNOWN, "idempotency_key_in_use"),
            ([error(500)], Outcome.UNKNOWN, "api_error"),
            ([Reply(502, b"<html>bad gateway</html>")], Outcome.UNKNOWN, "http_502"),
            ([Reply(200, b"<html>welcome</html>")], Outcome.UNKNOWN, "http_200"),
            ([Reply(429, b"<html>slow down</html>")], Outcome.UNKNOWN, "http_429"),
            ([Reply(hang_up=True)], Outcome.UNKNOWN, "no_answer"),
            ([Reply(hang_up=True), error(429)], Outcome.UNKNOWN, "api_error"),
            ([Reply(hang_up=True), error(401)], Outcome.UNKNOWN, "api_error"),
            ([Reply(hang_up=True), error(400, "charge_already_refunded")], Outcome.UNKNOWN, "charge_already_refunded"),
            ([Reply(200, {"object": "payment_intent", "id": "pi_one"})], Outcome.UNKNOWN, "unreadable_answer"),
            ([Reply(200, {})], Outcome.UNKNOWN, "unreadable_answer"),
            ([Reply(200, [])], Outcome.UNKNOWN, "unreadable_answer"),
        ],
    )
    def test_anything_else_is_an_outcome_with_a_reason(self, replies: list[Reply], outcome: Outcome, code: str) -> None:
        answer = change_against(*replies)
        assert answer.outcome is outcome
        assert answer.failure is not None
        assert answer.failure.code == code

    def test_a_second_attempt_that_is_answered_is_an_answer(self) -> None:
        answer = change_against(Reply(hang_up=True), Reply(body=shapes.intent()))
        assert answer.outcome is Outcome.SUCCEEDED

    def test_a_timeout_is_unknown(self) -> None:
        with scripted(Reply(wait_s=5.0), read_timeout_s=0.1) as script:
            answer = change(script.connection, send, read)
        assert answer.outcome is Outcome.UNKNOWN
        assert answer.http_status is None

    def test_what_never_left_may_be_sent_again(self) -> None:
        answer = change(impatient(f"http://127.0.0.1:{closed_port()}"), send, read)
        assert answer.outcome is Outcome.NOT_EXECUTED
        assert answer.failure is not None
        assert answer.failure.code == "not_sent"

    @pytest.mark.parametrize("status", [401, 403])
    def test_our_credentials_are_a_matter_for_a_person(self, status: int) -> None:
        with pytest.raises(GatewayMisconfigured):
            change_against(error(status))

    def test_a_refusal_brings_the_payment_that_it_is_about(self) -> None:
        declined = shapes.intent(last_payment_error={"code": "card_declined", "message": "No."})
        answer = change_against(error(402, "card_declined", payment_intent=declined))
        assert answer.payment is not None
        assert answer.payment.state is PaymentState.FAILED
        assert answer.raw["error"]["payment_intent"] == declined
        assert answer.request_id == "req_error"

    def test_a_refusal_with_a_payment_that_cannot_be_read_is_still_a_refusal(self) -> None:
        answer = change_against(error(402, "card_declined", payment_intent={"object": "payment_intent"}))
        assert answer.outcome is Outcome.DECLINED
        assert answer.payment is None


def ask(client: stripe.StripeClient) -> Any:
    return client.v1.payment_intents.retrieve("pi_one")


class TestLook:
    def test_gives_the_object_as_it_came(self) -> None:
        with scripted(Reply(body=shapes.intent())) as script:
            assert look(script.connection, ask) == shapes.intent()

    def test_nothing_is_an_answer(self) -> None:
        with scripted(error(404, "resource_missing")) as script:
            assert look(script.connection, ask) is None

    @pytest.mark.parametrize(
        ("reply", "raised"),
        [
            (error(400, "parameter_unknown"), QuestionRefused),
            (error(401), GatewayMisconfigured),
            (error(403), GatewayMisconfigured),
            (error(429), GatewayUnreachable),
            (error(500), GatewayUnreachable),
            (Reply(hang_up=True), GatewayUnreachable),
            (Reply(200, b"<html>"), GatewayUnreachable),
            (Reply(200, []), GatewayUnreachable),
        ],
    )
    def test_everything_else_is_raised(self, reply: Reply, raised: type[Exception]) -> None:
        with scripted(reply) as script, pytest.raises(raised):
            look(script.connection, ask)
