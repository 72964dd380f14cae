"""Checkout Sessions over the API, and the customer's part by order."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from payments.sandbox.conftest import Raw
from payments.sandbox.receiver import Receiver
from payments.sandbox.testing import Control, ControlFailed

HALF_HOUR_S = 30 * 60
DAY_S = 24 * 60 * 60


def _params(**more: Any) -> Any:
    return {
        "mode": "payment",
        "line_items": [
            {"quantity": 2, "price_data": {"currency": "usd", "unit_amount": 700, "product_data": {"name": "Tea"}}},
            {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 100, "product_data": {"name": "Cup"}}},
        ],
        "success_url": "https://shop.test/ok?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.test/no",
        "client_reference_id": "ord_1",
        "metadata": {"order": "ord_1"},
        "payment_intent_data": {"metadata": {"payment": "pay_1"}},
        **more,
    }


class TestCreate:
    def test_is_open_and_has_no_payment_yet(self, client: stripe.StripeClient, control: Control) -> None:
        session = client.v1.checkout.sessions.create(_params())
        assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
        assert (session.amount_total, session.currency) == (1_500, "usd")
        assert session.client_reference_id == "ord_1"
        assert session.ui_mode == "hosted_page"
        assert session.expires_at - session.created == DAY_S
        assert str(session.url).endswith(f"/stripe/pay/{session.id}")
        assert session.id.startswith("cs_test_")
        assert control.get("objects", kind="payment_intent")["objects"] == []
        assert client.v1.events.list().data == []

    @pytest.mark.parametrize(
        ("change", "param", "code"),
        [
            ({"success_url": ""}, "success_url", "parameter_missing"),
            ({"mode": "subscription"}, "mode", None),
            ({"mode": "gift"}, "mode", None),
            ({"ui_mode": "embedded_page"}, "ui_mode", None),
            ({"colour": "red"}, "colour", "parameter_unknown"),
            ({"payment_method_types[0]": "card"}, "payment_method_types", "payment_method_types_no_longer_supported"),
            ({"line_items[0][price_data][unit_amount]": "10"}, "line_items", "amount_too_small"),
            ({"line_items[0][quantity]": "0"}, "line_items[0][quantity]", "parameter_invalid_integer"),
            ({"line_items[0][price_data][unit_amount]": "-1"}, "line_items[0][price_data][unit_amount]", None),
            ({"customer": "cus_none"}, "customer", "resource_missing"),
        ],
    )
    def test_refuses_what_stripe_refuses(
        self, raw: Raw, control: Control, change: dict[str, str], param: str, code: str | None
    ) -> None:
        fields = {
            "mode": "payment",
            "success_url": "https://shop.test/ok",
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": "usd",
            "line_items[0][price_data][unit_amount]": "700",
            "line_items[0][price_data][product_data][name]": "Tea",
        }
        answer = raw("POST", "/v1/checkout/sessions", fields | change)
        assert answer.status == 400
        assert answer.error["param"] == param
        assert code is None or answer.error["code"] == code
        assert control.get("objects", kind="checkout.session")["objects"] == []

    @pytest.mark.parametrize(("after_s", "allowed"), [(HALF_HOUR_S - 60, False), (HALF_HOUR_S + 60, True)])
    def test_lives_at_least_half_an_hour(
        self, client: stripe.StripeClient, control: Control, after_s: int, allowed: bool
    ) -> None:
        at = int(control.get("clock")["now"]) + after_s
        if allowed:
            assert client.v1.checkout.sessions.create(_params(expires_at=at)).expires_at == at
            return
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.checkout.sessions.create(_params(expires_at=at))
        assert refusal.value.param == "expires_at"

    def test_lives_at_most_a_day(self, client: stripe.StripeClient, control: Control) -> None:
        at = int(control.get("clock")["now"]) + DAY_S + 60
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.checkout.sessions.create(_params(expires_at=at))
        assert refusal.value.param == "expires_at"


class TestPay:
    def test_completes_the_session_and_tells_it(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver
    ) -> None:
        session = client.v1.checkout.sessions.create(_params())
        paid = control.stripe(f"sessions/{session.id}/pay", email="ada@example.com")["object"]
        assert (paid["status"], paid["payment_status"], paid["url"]) == ("complete", "paid", None)
        assert paid["customer_details"]["email"] == "ada@example.com"
        intent = client.v1.payment_intents.retrieve(paid["payment_intent"])
        assert (intent.status, intent.amount_received) == ("succeeded", 1_500)
        assert intent.metadata.to_dict() == {"payment": "pay_1"}
        assert control.moved(session.id, "captured") == (1, 1_500)
        told = receiver.wait_for(1, type="checkout.session.completed")[0].json
        assert told["data"]["object"]["payment_intent"] == intent.id
        assert told["data"]["object"]["metadata"] == {"order": "ord_1"}
        control.settle_deliveries()
        assert sorted(receiver.types()) == [
            "charge.succeeded",
            "checkout.session.completed",
            "payment_intent.created",
            "payment_intent.succeeded",
        ]

    def test_takes_no_money_twice(self, client: stripe.StripeClient, control: Control) -> None:
        session = client.v1.checkout.sessions.create(_params())
        control.stripe(f"sessions/{session.id}/pay")
        again = control.stripe(f"sessions/{session.id}/pay")
        assert again["error"]["code"] == "checkout_session_unexpected_state"
        assert control.moved(session.id, "captured") == (1, 1_500)

    def test_a_decline_leaves_it_open_with_its_payment(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver
    ) -> None:
        session = client.v1.checkout.sessions.create(_params())
        done = control.stripe(f"sessions/{session.id}/pay", payment_method="pm_card_chargeDeclined")
        assert done["error"]["code"] == "card_declined"
        now = client.v1.checkout.sessions.retrieve(session.id)
        assert (now.status, now.payment_status) == ("open", "unpaid")
        first = now.payment_intent
        assert receiver.wait_for(1, type="payment_intent.payment_failed")
        control.stripe(f"sessions/{session.id}/pay")
        assert client.v1.checkout.sessions.retrieve(session.id).payment_intent == first
        assert control.moved(session.id, "captured") == (1, 1_500)

    def test_authentication_comes_between(self, client: stripe.StripeClient, control: Control) -> None:
        session = client.v1.checkout.sessions.create(_params())
        control.stripe(f"sessions/{session.id}/pay", payment_method="pm_card_threeDSecureRequired")
        waiting = client.v1.checkout.sessions.retrieve(session.id)
        assert waiting.status == "open"
        control.stripe(f"payment_intents/{waiting.payment_intent}/authenticate")
        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"

    def test_manual_capture_completes_unpaid(self, client: stripe.StripeClient, control: Control) -> None:
        session = client.v1.checkout.sessions.create(_params(payment_intent_data={"capture_method": "manual"}))
        done = control.stripe(f"sessions/{session.id}/pay")["object"]
        assert (done["status"], done["payment_status"]) == ("complete", "unpaid")
        client.v1.payment_intents.capture(done["payment_intent"])
        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
        assert client.v1.events.list({"type": "checkout.session.async_payment_succeeded"}).data == []

    def test_without_payment_intent_data_the_payment_has_no_metadata(
        self, client: stripe.StripeClient, control: Control
    ) -> None:
        session = client.v1.checkout.sessions.create(_params(payment_intent_data={}))
        done = control.stripe(f"sessions/{session.id}/pay")["object"]
        assert client.v1.payment_intents.retrieve(done["payment_intent"]).metadata.to_dict() == {}


class TestAsyncPayment:
    @pytest.mark.parametrize(
        ("succeeds", "status", "event"),
        [
            (True, "paid", "checkout.session.async_payment_succeeded"),
            (False, "unpaid", "checkout.session.async_payment_failed"),
        ],
    )
    def test_completes_unpaid_and_hears_the_bank_later(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver, succeeds: bool, status: str, event: str
    ) -> None:
        session = client.v1.checkout.sessions.create(_params())
        done = control.stripe(f"sessions/{session.id}/pay", payment_method="pm_usBankAccount")["object"]
        assert (done["status"], done["payment_status"]) == ("complete", "unpaid")
        completed = receiver.wait_for(1, type="checkout.session.completed")[0].json
        assert completed["data"]["object"]["payment_status"] == "unpaid"
        control.stripe(f"payment_intents/{done['payment_intent']}/finish", succeeds=succeeds)
        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == status
        assert len(receiver.wait_for(1, type=event)) == 1
        control.settle_deliveries()
        assert receiver.types().count(event) == 1
        assert control.moved(session.id, "captured") == ((1, 1_500) if succeeds else (0, 0))


class TestExpire:
    def test_by_call(self, client: stripe.StripeClient, control: Control, receiver: Receiver) -> None:
        session = client.v1.checkout.sessions.create(_params())
        expired = client.v1.checkout.sessions.expire(session.id)
        assert (expired.status, expired.url) == ("expired", None)
        assert receiver.wait_for(1, type="checkout.session.expired")
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.checkout.sessions.expire(session.id)
        again = control.stripe(f"sessions/{session.id}/pay")
        assert again["error"] is not None
        assert control.effects()["count"] == 0

    def test_by_time(self, client: stripe.StripeClient, control: Control, receiver: Receiver) -> None:
        session = client.v1.checkout.sessions.create(_params())
        control.shift_clock(DAY_S - 60)
        assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
        control.shift_clock(61)
        assert receiver.wait_for(1, type="checkout.session.expired")
        assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"

    def test_cancels_the_payment_that_was_begun(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver
    ) -> None:
        session = client.v1.checkout.sessions.create(_params())
        control.stripe(f"sessions/{session.id}/pay", payment_method="pm_card_chargeDeclined")
        intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_intents.cancel(str(intent))
        client.v1.checkout.sessions.expire(session.id)
        assert client.v1.payment_intents.retrieve(str(intent)).status == "canceled"
        assert receiver.wait_for(1, type="payment_intent.canceled")

    def test_a_complete_one_never_expires(self, client: stripe.StripeClient, control: Control) -> None:
        session = client.v1.checkout.sessions.create(_params())
        control.stripe(f"sessions/{session.id}/pay")
        control.shift_clock(2 * DAY_S)
        assert client.v1.checkout.sessions.retrieve(session.id).status == "complete"
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.checkout.sessions.expire(session.id)
        assert control.stripe(f"sessions/{session.id}/expire")["error"] is not None

    def test_an_unknown_one_cannot_be_ordered(self, control: Control) -> None:
        with pytest.raises(ControlFailed):
            control.stripe("sessions/cs_test_none/expire")


class TestList:
    def test_filters_by_payment_and_status(self, client: stripe.StripeClient, control: Control) -> None:
        paid = client.v1.checkout.sessions.create(_params())
        waiting = client.v1.checkout.sessions.create(_params())
        intent = control.stripe(f"sessions/{paid.id}/pay")["object"]["payment_intent"]
        listing = client.v1.checkout.sessions.list
        assert [each.id for each in listing({"payment_intent": intent}).data] == [paid.id]
        assert [each.id for each in listing({"status": "open"}).data] == [waiting.id]
        assert [each.id for each in listing({"status": "complete"}).data] == [paid.id]
        assert [each.id for each in listing().data] == [waiting.id, paid.id]


class TestLineItems:
    def test_are_paged_in_their_order(self, client: stripe.StripeClient) -> None:
        session = client.v1.checkout.sessions.create(_params())
        first = client.v1.checkout.sessions.line_items.list(session.id, {"limit": 1})
        assert first.has_more is True
        assert [(each.description, each.amount_total) for each in first.data] == [("Tea", 1_400)]
        rest = client.v1.checkout.sessions.line_items.list(session.id, {"starting_after": first.data[0].id})
        assert [(each.description, each.quantity) for each in rest.data] == [("Cup", 1)]
        assert rest.has_more is False

    def test_come_with_the_session_when_expanded(self, client: stripe.StripeClient) -> None:
        session = client.v1.checkout.sessions.create(_params(expand=["line_items"]))
        assert session.line_items is not None
        assert [each.description for each in session.line_items.data] == ["Tea", "Cup"]
        assert "line_items" not in client.v1.checkout.sessions.retrieve(session.id)
