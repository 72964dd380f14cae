"""Delivery: at least once, in any order, again after a failure."""

from __future__ import annotations

import threading

import pytest
import stripe

from payments.sandbox.conftest import Raw
from payments.sandbox.testing import Control, ControlFailed, Received, Receiver, receiving_webhooks, running_sandbox

# Never set: waiting for it is waiting.
_never = threading.Event()


def _create(client: stripe.StripeClient, count: int = 1) -> list[str]:
    return [client.v1.payment_intents.create({"amount": 100 + n, "currency": "usd"}).id for n in range(count)]


def _subjects(received: list[Received]) -> list[str]:
    return [each.json["data"]["object"]["id"] for each in received]


class TestRetry:
    def test_until_it_is_taken(self, client: stripe.StripeClient, receiver: Receiver, control: Control) -> None:
        receiver.answer = lambda received: 500 if len(receiver.received) < 2 else 200
        _create(client)
        received = receiver.wait_for(3)
        assert len({each.body for each in received}) == 1
        assert len({each.json["id"] for each in received}) == 1
        _settled(control)
        delivery = control.get("deliveries")["deliveries"][0]
        assert (delivery["state"], delivery["attempts"], delivery["last_status"]) == ("delivered", 3, 200)

    @pytest.mark.parametrize("status", [302, 400, 404, 500])
    def test_everything_but_2xx_is_a_failure(
        self, client: stripe.StripeClient, receiver: Receiver, control: Control, status: int
    ) -> None:
        receiver.answer = lambda received: status
        control.pause()
        _create(client)
        assert [each["state"] for each in control.flush()] == ["pending"]
        receiver.answer = lambda received: 204
        assert [each["state"] for each in control.flush()] == ["delivered"]

    def test_ends_after_the_last_attempt(
        self, client: stripe.StripeClient, receiver: Receiver, control: Control
    ) -> None:
        receiver.answer = lambda received: 500
        control.pause()
        _create(client)
        assert [control.flush()[0]["state"] for _ in range(3)] == ["pending", "pending", "failed"]
        assert control.flush() == []
        event = client.v1.events.list({"delivery_success": False}).data[0]
        assert event.pending_webhooks == 1
        control.resend(event.id)
        receiver.answer = lambda received: 200
        assert [each["state"] for each in control.flush()] == ["delivered"]
        assert client.v1.events.list({"delivery_success": False}).data == []

    def test_a_receiver_that_is_not_there_is_asked_again(self, control: Control) -> None:
        with receiving_webhooks() as gone:
            url, port = gone.url, int(gone.url.split(":")[2].split("/")[0])
        with running_sandbox(webhook_url=url, SANDBOX_WEBHOOK_RETRY_S="0.2,0.2,0.2,0.2,0.2,0.2,0.2,0.2") as sandbox:
            Raw(sandbox)("POST", "/v1/customers", {})
            _wait_for_attempt(sandbox.control)
            failed = sandbox.control.get("deliveries")["deliveries"][0]
            assert "ConnectionRefusedError" in failed["last_error"]
            with receiving_webhooks(port=port) as back:
                assert back.wait_for(1)[0].json["type"] == "customer.created"

    def test_a_slow_receiver_times_out(self) -> None:
        with (
            receiving_webhooks() as receiver,
            running_sandbox(webhook_url=receiver.url, SANDBOX_WEBHOOK_TIMEOUT_S="0.1") as sandbox,
        ):
            receiver.answer = _sleeping
            Raw(sandbox)("POST", "/v1/customers", {})
            _wait_for_attempt(sandbox.control)
            assert "Timeout" in sandbox.control.get("deliveries")["deliveries"][0]["last_error"]


class TestPause:
    def test_holds_everything_until_it_is_flushed(
        self, client: stripe.StripeClient, receiver: Receiver, control: Control
    ) -> None:
        control.pause()
        intents = _create(client, 3)
        assert receiver.received == []
        control.flush()
        assert _subjects(receiver.received) == intents

    def test_flushes_in_the_reverse_order_or_one_event_alone(
        self, client: stripe.StripeClient, receiver: Receiver, control: Control
    ) -> None:
        control.pause()
        intents = _create(client, 3)
        event = client.v1.events.list().data[1]
        assert [each["event"] for each in control.flush(event=event.id)] == [event.id]
        control.flush(order="reversed")
        assert _subjects(receiver.received) == [intents[1], intents[2], intents[0]]
        with pytest.raises(ControlFailed):
            control.flush(order="shuffled")

    def test_flushes_one_type_alone(self, client: stripe.StripeClient, receiver: Receiver, control: Control) -> None:
        control.pause()
        client.v1.payment_intents.create(
            {"amount": 100, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        )
        control.flush(type="charge.*")
        assert receiver.types() == ["charge.succeeded"]

    def test_resumes(self, client: stripe.StripeClient, receiver: Receiver, control: Control) -> None:
        control.pause()
        _create(client, 2)
        control.resume()
        assert len(receiver.wait_for(2)) == 2


class TestFaults:
    def test_a_duplicate_is_the_same_event_again(
        self, client: stripe.StripeClient, receiver: Receiver, control: Control
    ) -> None:
        control.fault("webhook_duplicate", event_type="payment_intent.created", copies=3)
        _create(client)
        received = receiver.wait_for(3)
        control.settle_deliveries()
        assert len(receiver.received) == 3
        assert len({each.json["id"] for each in received}) == 1
        assert client.v1.events.list().data[0].pending_webhooks == 0

    def test_a_dropped_one_is_found_only_by_asking(
        self, client: stripe.StripeClient, receiver: Receiver, control: Control
    ) -> None:
        control.fault("webhook_drop", event_type="payment_intent.created")
        dropped, sent = _create(client, 2)
        receiver.wait_for(1)
        control.settle_deliveries()
        assert _subjects(receiver.received) == [sent]
        missed = client.v1.events.list({"delivery_success": False}).data
        assert [each.data.object["id"] for each in missed] == [dropped]

    def test_a_reordered_batch_comes_last_first(
        self, client: stripe.StripeClient, receiver: Receiver, control: Control
    ) -> None:
        control.fault("webhook_reorder", batch=3)
        intents = _create(client, 2)
        control.settle_deliveries()
        assert receiver.received == []
        intents += _create(client, 1)
        assert _subjects(receiver.wait_for(3)) == intents[::-1]

    def test_a_delayed_one_waits_for_the_clock(
        self, client: stripe.StripeClient, receiver: Receiver, control: Control
    ) -> None:
        control.fault("webhook_delay", delay_s=3_600)
        late, prompt = _create(client, 2)
        assert _subjects(receiver.wait_for(1)) == [prompt]
        control.shift_clock(3_600)
        assert _subjects(receiver.wait_for(2)) == [prompt, late]

    def test_an_unfinished_batch_can_be_flushed(
        self, client: stripe.StripeClient, receiver: Receiver, control: Control
    ) -> None:
        control.fault("webhook_reorder", batch=5)
        intents = _create(client, 2)
        control.flush()
        assert _subjects(receiver.received) == intents


class TestResend:
    def test_delivers_again(self, client: stripe.StripeClient, receiver: Receiver, control: Control) -> None:
        _create(client)
        event = receiver.wait_for(1)[0].json["id"]
        control.resend(event, times=2)
        assert {each.json["id"] for each in receiver.wait_for(3)} == {event}

    def test_an_unknown_event_is_refused(self, control: Control) -> None:
        with pytest.raises(ControlFailed):
            control.resend("evt_none")


class TestLoad:
    def test_hundreds_arrive_once_each(self, client: stripe.StripeClient, receiver: Receiver, control: Control) -> None:
        intents = _create(client, 200)
        assert control.settle_deliveries(timeout_s=30)
        assert sorted(_subjects(receiver.received)) == sorted(intents)


def _settled(control: Control) -> None:
    assert control.settle_deliveries()


def _sleeping(received: Received) -> int:
    _never.wait(0.5)
    return 200


def _wait_for_attempt(control: Control) -> None:
    for _ in range(500):
        found = control.get("deliveries")["deliveries"]
        if found and found[0]["attempts"] > 0:
            return
        _never.wait(0.01)
    raise TimeoutError
