"""Keys, versions, idempotency and faults: what holds for every call."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
import stripe

from payments.sandbox.conftest import Raw, RawAnswer
from payments.sandbox.testing import Control, Sandbox

FIELDS = {"amount": "2000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}
DAY_S = 24 * 60 * 60


class TestApiKey:
    @pytest.mark.parametrize("key", ["", "sk_live_abcdefghijk", "sk_test_", "nonsense"])
    def test_what_opens_nothing_is_401(self, raw: Raw, control: Control, key: str) -> None:
        answer = raw("POST", "/v1/payment_intents", FIELDS, api_key=key)
        assert answer.status == 401
        assert answer.error["type"] == "invalid_request_error"
        assert "code" not in answer.error
        assert key == "" or len(key) < 12 or key not in answer.error["message"]
        assert control.get("objects", kind="payment_intent")["objects"] == []

    def test_the_sdk_calls_it_an_authentication_error(self, sandbox: Sandbox) -> None:
        transport = stripe.RequestsClient(timeout=10)
        client = stripe.StripeClient(
            "sk_live_0123456789abcdef", base_addresses={"api": sandbox.stripe_base}, http_client=transport
        )
        with pytest.raises(stripe.AuthenticationError):
            client.v1.balance.retrieve()
        transport.close()  # type: ignore[no-untyped-call]

    @pytest.mark.parametrize("key", ["sk_test_x", "rk_test_x"])
    def test_any_test_key_opens(self, raw: Raw, key: str) -> None:
        assert raw("GET", "/v1/balance", api_key=key).status == 200


class TestHeaders:
    def test_each_answer_has_a_request_id_and_a_version(self, raw: Raw) -> None:
        first, second = raw("GET", "/v1/balance"), raw("GET", "/v1/nothing")
        assert first.headers["Request-Id"].startswith("req_")
        assert first.headers["Request-Id"] != second.headers["Request-Id"]
        assert first.headers["Stripe-Version"] == "2026-10-28.endive"
        echoed = raw("GET", "/v1/balance", headers={"Stripe-Version": "2024-04-10"})
        assert echoed.headers["Stripe-Version"] == "2024-04-10"

    def test_the_sdk_sees_the_request_id_of_an_error(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.charges.retrieve("ch_none")
        assert str(refusal.value.request_id).startswith("req_")

    def test_an_unknown_path_is_404(self, raw: Raw) -> None:
        answer = raw("GET", "/v1/nothing")
        assert (answer.status, answer.error["type"]) == (404, "invalid_request_error")
        assert raw("DELETE", "/v1/payment_intents").status == 404

    def test_a_browser_may_ask_from_the_shop(self, raw: Raw) -> None:
        answer = raw("OPTIONS", "/v1/payment_intents/pi_1/confirm", api_key="")
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


class TestIdempotency:
    def test_the_same_request_gets_the_same_answer_and_no_second_effect(self, raw: Raw, control: Control) -> None:
        first = raw("POST", "/v1/payment_intents", FIELDS, key="k1")
        again = raw("POST", "/v1/payment_intents", dict(reversed(FIELDS.items())), key="k1")
        assert (again.status, again.text) == (200, first.text)
        assert "Idempotent-Replayed" not in first.headers
        assert first.headers["Original-Request"] == first.headers["Request-Id"]
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.headers["Original-Request"] == first.headers["Request-Id"]
        assert again.headers["Request-Id"] != first.headers["Request-Id"]
        assert again.headers["Idempotency-Key"] == "k1"
        assert control.effects("", effect="captured")["count"] == 1
        assert control.requests(key="k1")["count"] == 2

    def test_a_decline_is_replayed_too(self, raw: Raw, control: Control) -> None:
        fields = FIELDS | {"payment_method": "pm_card_chargeDeclined"}
        first, again = (raw("POST", "/v1/payment_intents", fields, key="k1") for _ in range(2))
        assert (again.status, again.text) == (402, first.text)
        assert len(control.get("objects", kind="charge")["objects"]) == 1

    def test_other_parameters_are_an_idempotency_error(self, raw: Raw, control: Control) -> None:
        raw("POST", "/v1/payment_intents", FIELDS, key="k1")
        answer = raw("POST", "/v1/payment_intents", FIELDS | {"amount": "2001"}, key="k1")
        assert (answer.status, answer.error["type"]) == (400, "idempotency_error")
        assert control.effects()["count"] == 1

    def test_another_endpoint_is_an_idempotency_error(self, raw: Raw) -> None:
        raw("POST", "/v1/customers", {}, key="k1")
        answer = raw("POST", "/v1/payment_intents", {}, key="k1")
        assert (answer.status, answer.error["type"]) == (400, "idempotency_error")

    def test_the_sdk_has_a_class_for_it(self, client: stripe.StripeClient) -> None:
        client.v1.customers.create({"name": "a"}, {"idempotency_key": "k1"})
        with pytest.raises(stripe.IdempotencyError):
            client.v1.customers.create({"name": "b"}, {"idempotency_key": "k1"})

    def test_a_failed_validation_is_not_kept(self, raw: Raw, control: Control) -> None:
        assert raw("POST", "/v1/payment_intents", FIELDS | {"amount": "1"}, key="k1").status == 400
        assert raw("POST", "/v1/payment_intents", FIELDS, key="k1").status == 200
        assert raw("POST", "/v1/refunds", {"charge": "ch_none"}, key="k2").status == 400
        assert "Idempotent-Replayed" not in raw("POST", "/v1/refunds", {"charge": "ch_none"}, key="k2").headers

    def test_a_refusal_after_the_work_began_is_kept(self, raw: Raw) -> None:
        intent = raw("POST", "/v1/payment_intents", {"amount": "2000", "currency": "usd"}).json["id"]
        path = f"/v1/payment_intents/{intent}/capture"
        assert raw("POST", path, key="k1").status == 400
        assert raw("POST", path, key="k1").headers["Idempotent-Replayed"] == "true"

    def test_keys_belong_to_their_account(self, raw: Raw, control: Control) -> None:
        raw("POST", "/v1/customers", {"name": "a"}, key="k1")
        account = raw("POST", "/v1/accounts", {"country": "US"}).json["id"]
        fields = {"amount": "1", "currency": "usd"}
        other = raw("POST", "/v1/payouts", fields, key="k1", headers={"Stripe-Account": account})
        assert other.error["code"] == "payouts_not_allowed"
        assert other.headers["Stripe-Account"] == account

    def test_a_key_is_forgotten_after_a_day(self, raw: Raw, control: Control) -> None:
        first = raw("POST", "/v1/payment_intents", FIELDS, key="k1")
        control.shift_clock(DAY_S - 60)
        assert raw("POST", "/v1/payment_intents", FIELDS, key="k1").text == first.text
        control.shift_clock(61)
        assert raw("POST", "/v1/payment_intents", FIELDS, key="k1").text != first.text
        assert control.effects("", effect="captured")["count"] == 2

    def test_a_long_key_is_refused(self, raw: Raw) -> None:
        assert raw("POST", "/v1/customers", {}, key="k" * 255).status == 200
        assert raw("POST", "/v1/customers", {}, key="k" * 256).status == 400

    def test_two_at_once_one_is_told_to_wait(self, raw: Raw, control: Control) -> None:
        control.fault("delay", path="/v1/payment_intents", delay_s=0.4)
        answers: list[RawAnswer] = []
        slow = threading.Thread(target=lambda: answers.append(raw("POST", "/v1/payment_intents", FIELDS, key="k1")))
        slow.start()
        _wait_until(lambda: bool(control.get("faults")["faults"][0]["hits"]))
        conflict = raw("POST", "/v1/payment_intents", FIELDS, key="k1")
        assert (conflict.status, conflict.error["code"]) == (409, "idempotency_key_in_use")
        assert conflict.headers["Stripe-Should-Retry"] == "true"
        slow.join()
        assert answers[0].status == 200
        assert raw("POST", "/v1/payment_intents", FIELDS, key="k1").text == answers[0].text
        assert control.effects("", effect="captured")["count"] == 1

    def test_fifty_at_once_charge_once(self, raw: Raw, control: Control) -> None:
        answers: list[RawAnswer] = []
        threads = [
            threading.Thread(target=lambda: answers.append(raw("POST", "/v1/payment_intents", FIELDS, key="k1")))
            for _ in range(50)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {answer.status for answer in answers} <= {200, 409}
        assert len({answer.text for answer in answers if answer.status == 200}) == 1
        assert control.effects("", effect="captured")["count"] == 1


class TestLostAnswer:
    def test_was_executed_and_the_retry_hears_it(self, client: stripe.StripeClient, raw: Raw, control: Control) -> None:
        control.fault("lost_answer", method="POST", path="/v1/payment_intents")
        options: stripe.RequestOptions = {"idempotency_key": "k1"}
        with pytest.raises(stripe.APIConnectionError):
            client.v1.payment_intents.create(FIELDS, options)  # type: ignore[arg-type]
        assert control.effects("", effect="captured")["count"] == 1
        seen = control.requests(key="k1")["requests"]
        assert [(each["status"], each["replayed"]) for each in seen] == [(0, False)]
        found = client.v1.payment_intents.create(FIELDS, options)  # type: ignore[arg-type]
        assert found.status == "succeeded"
        assert control.effects("", effect="captured")["count"] == 1

    def test_the_sdk_retries_it_under_its_own_key(
        self, sandbox: Sandbox, control: Control, new_client: Callable[..., stripe.StripeClient]
    ) -> None:
        control.fault("lost_answer", path="/v1/payment_intents", count=2)
        client = new_client(sandbox, retries=2)
        assert client.v1.payment_intents.create(FIELDS).status == "succeeded"  # type: ignore[arg-type]
        assert control.requests(path="/v1/payment_intents")["count"] == 3
        assert control.effects("", effect="captured")["count"] == 1

    def test_without_a_key_a_retry_charges_again(self, raw: Raw, control: Control) -> None:
        # The negative control: what protects is the key, not the sandbox.
        control.fault("lost_answer", path="/v1/payment_intents")
        with pytest.raises(OSError):
            raw("POST", "/v1/payment_intents", FIELDS)
        raw("POST", "/v1/payment_intents", FIELDS)
        assert control.effects("", effect="captured")["count"] == 2


class TestRefused:
    def test_nothing_was_executed(self, client: stripe.StripeClient, control: Control) -> None:
        control.fault("refuse", path="/v1/payment_intents")
        with pytest.raises(stripe.APIConnectionError):
            client.v1.payment_intents.create(FIELDS)  # type: ignore[arg-type]
        assert control.get("objects", kind="payment_intent")["objects"] == []
        assert control.requests()["requests"][0]["status"] == 0


class TestErrorFault:
    def test_a_500_before_the_work_is_kept_and_replayed(self, raw: Raw, control: Control) -> None:
        control.fault("error", path="/v1/payment_intents", status=500)
        first = raw("POST", "/v1/payment_intents", FIELDS, key="k1")
        again = raw("POST", "/v1/payment_intents", FIELDS, key="k1")
        assert (first.status, first.error["type"]) == (500, "api_error")
        assert (again.status, again.headers["Idempotent-Replayed"]) == (500, "true")
        assert control.effects()["count"] == 0
        assert raw("POST", "/v1/payment_intents", FIELDS, key="k2").status == 200

    def test_a_500_after_the_work_hides_a_charge(self, raw: Raw, control: Control) -> None:
        control.fault("error", path="/v1/payment_intents", status=500, stage="after")
        assert raw("POST", "/v1/payment_intents", FIELDS, key="k1").status == 500
        assert raw("POST", "/v1/payment_intents", FIELDS, key="k1").status == 500
        assert control.effects("", effect="captured")["count"] == 1

    def test_a_500_that_is_not_kept_gives_way_to_the_true_answer(self, raw: Raw, control: Control) -> None:
        control.fault("error", path="/v1/payment_intents", status=502, stage="after", stored=False)
        assert raw("POST", "/v1/payment_intents", FIELDS, key="k1").status == 502
        again = raw("POST", "/v1/payment_intents", FIELDS, key="k1")
        assert (again.status, again.json["status"]) == (200, "succeeded")
        assert control.effects("", effect="captured")["count"] == 1

    def test_a_rate_limit_is_not_kept(self, raw: Raw, client: stripe.StripeClient, control: Control) -> None:
        control.fault("error", path="/v1/payment_intents", status=429, headers={"Stripe-Rate-Limited-Reason": "x"})
        with pytest.raises(stripe.RateLimitError):
            client.v1.payment_intents.create(FIELDS, {"idempotency_key": "k1"})  # type: ignore[arg-type]
        assert control.effects()["count"] == 0
        assert raw("POST", "/v1/payment_intents", FIELDS, key="k2").status == 200

    def test_its_words_can_be_given(self, raw: Raw, control: Control) -> None:
        lock = {"code": "lock_timeout", "message": "This object cannot be accessed right now."}
        control.fault("error", status=429, error=lock)
        assert raw("GET", "/v1/balance").error["code"] == "lock_timeout"

    def test_strikes_only_what_matches_and_only_as_often_as_ordered(self, raw: Raw, control: Control) -> None:
        control.fault("error", method="GET", path="/v1/payment_intents/*", status=503, count=2, skip=1)
        intent = raw("POST", "/v1/payment_intents", {"amount": "2000", "currency": "usd"}).json["id"]
        path = f"/v1/payment_intents/{intent}"
        assert [raw("GET", path).status for _ in range(4)] == [200, 503, 503, 200]

    def test_can_be_meant_for_one_key(self, raw: Raw, control: Control) -> None:
        control.fault("error", key="call_7*", status=500, count=None)
        assert raw("POST", "/v1/customers", {}, key="call_71").status == 500
        assert raw("POST", "/v1/customers", {}, key="call_8").status == 200
        control.clear_faults()
        assert raw("POST", "/v1/customers", {}, key="call_72").status == 200


class TestDelay:
    def test_after_the_work_a_client_that_gives_up_has_still_paid(
        self, sandbox: Sandbox, control: Control, new_client: Callable[..., stripe.StripeClient]
    ) -> None:
        control.fault("delay", path="/v1/payment_intents", delay_s=0.6, stage="after")
        hasty = new_client(sandbox, timeout=0.2)
        with pytest.raises(stripe.APIConnectionError):
            hasty.v1.payment_intents.create(FIELDS, {"idempotency_key": "k1"})  # type: ignore[arg-type]
        _wait_until(lambda: control.effects("", effect="captured")["count"] == 1)

    def test_holds_nobody_else(self, raw: Raw, control: Control) -> None:
        control.fault("delay", path="/v1/customers", delay_s=0.5)
        slow = threading.Thread(target=lambda: raw("POST", "/v1/customers", {}))
        slow.start()
        _wait_until(lambda: bool(control.get("faults")["faults"][0]["hits"]))
        assert raw("POST", "/v1/payment_intents", FIELDS).status == 200
        assert slow.is_alive()
        slow.join()


class TestJournal:
    def test_keeps_path_parameters_and_status(self, raw: Raw, control: Control) -> None:
        raw("POST", "/v1/payment_intents", FIELDS | {"metadata[order]": "ord_1"}, key="k1")
        raw("GET", "/v1/charges/ch_none")
        seen = control.requests()
        assert seen["count"] == 2
        newest, oldest = seen["requests"]
        assert (newest["method"], newest["path"], newest["status"]) == ("GET", "/v1/charges/ch_none", 404)
        assert oldest["params"]["metadata"] == {"order": "ord_1"}
        assert oldest["idempotency_key"] == "k1"
        assert control.requests(method="post", path="/v1/payment_*")["count"] == 1
        assert control.requests(path="/v1/refunds")["count"] == 0


def _wait_until(condition: Callable[[], bool], timeout_s: float = 5) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.01)
    raise TimeoutError
