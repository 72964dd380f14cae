"""The transport: one request, one answer or one error that says all of it."""

from __future__ import annotations

import base64

import pytest
import razorpay

from payments.gateways.razorpay.client import (
    CONNECT_TIMEOUT_S,
    READ_TIMEOUT_S,
    RazorpayClient,
    RazorpayRefused,
    RazorpayUnanswered,
)
from payments.gateways.razorpay.tests import entities
from payments.gateways.razorpay.tests.scripted import KEY_ID, KEY_SECRET, refusal, scripted
from payments.gateways.tests.scripted import Reply, closed_port


class TestRequest:
    def test_uses_the_packages_paths_with_our_key(self) -> None:
        with scripted(Reply(body=entities.order(), headers={"X-Razorpay-Request-Id": "req_1"})) as script:
            answered = script.client.order.create({"amount": 1})
        (seen,) = script.seen
        assert (seen.method, seen.path, seen.body) == ("POST", "/v1/orders", {"amount": 1})
        assert seen.headers["content-type"] == "application/json"
        assert seen.headers["authorization"] == f"Basic {base64.b64encode(f'{KEY_ID}:{KEY_SECRET}'.encode()).decode()}"
        assert (answered["id"], answered.http_status, answered.request_id) == ("order_One", 200, "req_1")
        assert isinstance(script.client, razorpay.Client)

    def test_an_error_keeps_status_code_reason_and_field(self) -> None:
        no = refusal(400, field="amount", reason="too_small")
        with scripted(no) as script, pytest.raises(RazorpayRefused) as raised:
            script.client.order.create({})
        error = raised.value
        assert (error.http_status, error.code, error.reason, error.field, error.description, error.request_id) == (
            400, "BAD_REQUEST_ERROR", "too_small", "amount", "A description.", "req_refused"
        )  # fmt: skip
        assert "description" not in str(error)  # it may quote what a person wrote

    def test_what_is_not_available_is_nothing(self) -> None:
        with scripted(refusal(409, reason="NA", source="NA")) as script, pytest.raises(RazorpayRefused) as raised:
            script.client.order.create({})
        assert raised.value.reason == ""

    @pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'"text"', b'{"error": "text"}'])
    def test_an_error_that_is_no_json_is_an_error_all_the_same(self, body: bytes) -> None:
        with scripted(Reply(502, body)) as script, pytest.raises(RazorpayRefused) as raised:
            script.client.order.fetch("order_One")
        assert (raised.value.http_status, raised.value.code) == (502, "")

    @pytest.mark.parametrize("reply", [Reply(200, b"<html>"), Reply(200, b"[]"), Reply(302, b"{}")])
    def test_an_answer_that_is_no_object_was_sent_for(self, reply: Reply) -> None:
        with scripted(reply) as script, pytest.raises(RazorpayUnanswered) as raised:
            script.client.order.create({})
        assert (raised.value.was_sent, raised.value.http_status) == (True, reply.status)

    def test_a_redirection_is_not_followed(self) -> None:
        elsewhere = Reply(302, b"{}", {"Location": "https://elsewhere.example.test"})
        with scripted(elsewhere) as script, pytest.raises(RazorpayUnanswered):
            script.client.order.create({})
        assert len(script.seen) == 1


class TestOnce:
    @pytest.mark.parametrize("reply", [Reply(hang_up=True), refusal(500), refusal(429), Reply(503, b"busy")])
    def test_a_post_is_never_repeated(self, reply: Reply) -> None:
        with scripted(reply) as script, pytest.raises((RazorpayRefused, RazorpayUnanswered)):
            script.client.payment.refund("pay_One", {"amount": 1})
        assert len(script.seen) == 1

    def test_the_packages_own_repeating_cannot_be_turned_on(self) -> None:
        client = RazorpayClient(key_id=KEY_ID, key_secret=KEY_SECRET, api_base="https://rzp.example.test")
        with pytest.raises(ValueError, match="never repeats"):
            client.enable_retry(True)
        client.enable_retry(False)

    def test_nothing_is_printed(self, capsys: pytest.CaptureFixture[str]) -> None:
        with scripted(Reply(hang_up=True)) as script, pytest.raises(RazorpayUnanswered):
            script.client.order.create({})
        assert capsys.readouterr() == ("", "")


class TestWaiting:
    def test_has_an_end(self) -> None:
        with scripted(Reply(wait_s=5), read_timeout_s=0.1) as script, pytest.raises(RazorpayUnanswered) as raised:
            script.client.order.create({})
        assert raised.value.was_sent
        client = RazorpayClient(key_id=KEY_ID, key_secret=KEY_SECRET, api_base="https://rzp.example.test")
        assert (CONNECT_TIMEOUT_S, client.read_timeout_s) == (5.0, READ_TIMEOUT_S) == (5.0, 20.0)

    def test_where_nobody_listens_nothing_was_sent(self) -> None:
        client = RazorpayClient(key_id=KEY_ID, key_secret=KEY_SECRET, api_base=f"http://127.0.0.1:{closed_port()}")
        with pytest.raises(RazorpayUnanswered) as raised:
            client.order.create({})
        assert not raised.value.was_sent

    def test_a_certificate_that_nobody_signed_is_not_spoken_to(self, untrusted_https: str) -> None:
        client = RazorpayClient(key_id=KEY_ID, key_secret=KEY_SECRET, api_base=untrusted_https)
        with pytest.raises(RazorpayUnanswered) as raised:
            client.order.create({})
        assert not raised.value.was_sent
