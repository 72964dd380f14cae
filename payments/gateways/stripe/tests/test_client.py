"""The client's wire manners, and the witness of what may have been sent."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import stripe

from payments.gateways.stripe.client import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, certainly_not_sent, connect
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.tests.scripted import SECRET, Scripted, error, impatient, scripted
from payments.gateways.tests.scripted import Reply, closed_port


def create(script: Scripted, key: str = "call_one") -> stripe.PaymentIntent:
    return script.connection.client.v1.payment_intents.create(
        {"amount": 5_000, "currency": "inr"}, {"idempotency_key": key}
    )


class TestConnect:
    def test_speaks_as_its_own_account_on_the_sdks_version(self) -> None:
        with scripted(Reply(body=shapes.intent())) as script:
            create(script)
        [request] = script.seen
        assert (request.method, request.path) == ("POST", "/v1/payment_intents")
        assert request.headers["authorization"] == f"Bearer {SECRET}"
        assert request.headers["idempotency-key"] == "call_one"
        assert request.headers["stripe-version"] == "2026-10-28.endive"
        assert request.form == {"amount": "5000", "currency": "inr"}

    def test_two_accounts_do_not_share_a_key(self) -> None:
        with scripted(Reply(body=shapes.intent())) as one, scripted(Reply(body=shapes.intent())) as two:
            create(one)
            create(two)
        assert one.connection.http is not two.connection.http
        assert len(one.seen) == len(two.seen) == 1

    def test_waits_no_longer_than_agreed(self) -> None:
        http = connect(secret_key=SECRET, api_base="https://stripe.example.test").http
        assert http._timeout == (CONNECT_TIMEOUT_S, READ_TIMEOUT_S) == (5.0, 20.0)

    def test_a_trailing_slash_is_no_part_of_the_address(self) -> None:
        client = connect(secret_key=SECRET, api_base="https://stripe.example.test/stripe/").client
        assert client._requestor.base_addresses["api"] == "https://stripe.example.test/stripe"

    def test_tells_nobody_about_this_machine(self) -> None:
        with scripted(Reply(body=shapes.intent(), headers={"Request-Id": "req_1"})) as script:
            create(script)
            create(script)
        assert not any("x-stripe-client-telemetry" in request.headers for request in script.seen)
        assert "telemetry_id" not in script.seen[0].headers["x-stripe-client-user-agent"]


class TestRetries:
    def test_once_and_under_the_same_key(self) -> None:
        with scripted(Reply(hang_up=True), Reply(body=shapes.intent())) as script:
            assert create(script).id == "pi_one"
        assert [request.headers["idempotency-key"] for request in script.seen] == ["call_one", "call_one"]

    def test_no_more_than_once(self) -> None:
        with scripted(Reply(hang_up=True)) as script, pytest.raises(stripe.APIConnectionError):
            create(script)
        assert len(script.seen) == 2

    def test_not_where_stripe_says_no(self) -> None:
        reply = Reply(500, {"error": {"type": "api_error"}}, {"Stripe-Should-Retry": "false"})
        with scripted(reply) as script, pytest.raises(stripe.APIError):
            create(script)
        assert len(script.seen) == 1

    def test_a_refusal_is_not_repeated(self) -> None:
        with scripted(error(429)) as script, pytest.raises(stripe.RateLimitError):
            create(script)
        assert len(script.seen) == 1


class TestInDoubt:
    @pytest.mark.parametrize(
        ("replies", "in_doubt"),
        [
            ([Reply(body=shapes.intent())], False),
            ([error(400, "parameter_missing")], False),
            ([error(402, "card_declined")], False),
            ([error(429)], False),
            ([error(401)], False),
            ([Reply(hang_up=True)], True),
            ([error(500)], True),
            ([error(409, "idempotency_key_in_use")], True),
            # What the SDK would hide: its second attempt is refused, the first may have been executed.
            ([Reply(hang_up=True), error(429)], True),
            ([Reply(hang_up=True), error(401)], True),
            ([error(500), error(429)], True),
            ([error(409, "idempotency_key_in_use"), error(400, "parameter_missing")], True),
        ],
    )
    def test_remembers_every_attempt(self, replies: list[Reply], in_doubt: bool) -> None:
        with scripted(*replies) as script:
            try:
                create(script)
            except stripe.StripeError:
                assert script.connection.http.in_doubt is in_doubt
            else:
                assert script.connection.http.in_doubt is in_doubt is False

    def test_a_timeout_is_doubt(self) -> None:
        with scripted(Reply(wait_s=5.0), read_timeout_s=0.1) as script, pytest.raises(stripe.APIConnectionError):
            create(script)
        assert script.connection.http.in_doubt

    def test_a_refused_connection_is_not(self) -> None:
        connection = impatient(f"http://127.0.0.1:{closed_port()}")
        with pytest.raises(stripe.APIConnectionError):
            connection.client.v1.payment_intents.retrieve("pi_one")
        assert not connection.http.in_doubt

    def test_a_name_that_does_not_resolve_is_not(self) -> None:
        connection = impatient("http://nobody.invalid")
        with pytest.raises(stripe.APIConnectionError):
            connection.client.v1.payment_intents.retrieve("pi_one")
        assert not connection.http.in_doubt

    def test_every_request_starts_without_doubt(self) -> None:
        with scripted(error(500), error(500), Reply(body=shapes.intent())) as script:
            with pytest.raises(stripe.APIError):
                create(script)
            assert script.connection.http.in_doubt
            create(script)
            assert not script.connection.http.in_doubt

    def test_threads_have_their_own(self) -> None:
        seen: list[bool] = []
        with scripted(error(500), error(500)) as script:
            with pytest.raises(stripe.APIError):
                create(script)
            thread = threading.Thread(target=lambda: seen.append(script.connection.http.in_doubt))
            thread.start()
            thread.join()
            assert (script.connection.http.in_doubt, seen) == (True, [False])


class TestCertainlyNotSent:
    def test_is_not_claimed_of_an_error_without_a_cause(self) -> None:
        sdk: Any = stripe
        assert not certainly_not_sent(sdk.APIConnectionError("something broke"))

    def test_is_not_claimed_of_an_answer_that_breaks_off(self) -> None:
        with scripted(Reply(hang_up=True)) as script, pytest.raises(stripe.APIConnectionError) as raised:
            create(script)
        assert not certainly_not_sent(raised.value)

    def test_is_claimed_of_a_certificate_that_is_not_trusted(self, untrusted_https: str) -> None:
        connection = impatient(untrusted_https)
        with pytest.raises(stripe.APIConnectionError) as raised:
            connection.client.v1.payment_intents.retrieve("pi_one")
        assert certainly_not_sent(raised.value)
        assert not connection.http.in_doubt
