"""PaymentIntents over the API."""

from __future__ import annotations

import pytest
import stripe

from payments.sandbox.conftest import Raw
from payments.sandbox.receiver import Receiver
from payments.sandbox.testing import Control


class TestCreate:
    def test_waits_for_a_payment_method(self, client: stripe.StripeClient, control: Control) -> None:
        intent = client.v1.payment_intents.create({"amount": 2_000, "currency": "USD", "metadata": {"order": "ord_1"}})
        assert intent.status == "requires_payment_method"
        assert intent.currency == "usd"
        assert intent.capture_method == "automatic_async"
        assert intent.client_secret is not None
        assert intent.client_secret.startswith(f"{intent.id}_secret_")
        assert intent.metadata["order"] == "ord_1"
        assert intent.latest_charge is None
        assert control.effects()["count"] == 0

    def test_with_a_method_waits_for_confirmation(self, client: stripe.StripeClient, control: Control) -> None:
        intent = client.v1.payment_intents.create(
            {"amount": 2_000, "currency": "usd", "payment_method": "pm_card_visa"}
        )
        assert intent.status == "requires_confirmation"
        assert isinstance(intent.payment_method, str)
        assert intent.payment_method.startswith("pm_")
        assert intent.payment_method != "pm_card_visa"
        assert control.effects()["count"] == 0

    def test_confirms_at_once_when_asked(self, client: stripe.StripeClient, control: Control) -> None:
        intent = client.v1.payment_intents.create(
            {"amount": 2_000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        )
        assert intent.status == "succeeded"
        assert intent.amount_received == 2_000
        assert control.moved(intent.id, "captured") == (1, 2_000)

    @pytest.mark.parametrize(
        ("fields", "param", "code"),
        [
            ({"currency": "usd"}, "amount", "parameter_missing"),
            ({"amount": "100"}, "currency", "parameter_missing"),
            ({"amount": "ten", "currency": "usd"}, "amount", "parameter_invalid_integer"),
            ({"amount": "10.5", "currency": "usd"}, "amount", "parameter_invalid_integer"),
            ({"amount": "0", "currency": "usd"}, "amount", "parameter_invalid_integer"),
            ({"amount": "-5", "currency": "usd"}, "amount", "parameter_invalid_integer"),
            ({"amount": "49", "currency": "usd"}, "amount", "amount_too_small"),
            ({"amount": "49", "currency": "inr"}, "amount", "amount_too_small"),
            ({"amount": "100000000", "currency": "usd"}, "amount", "amount_too_large"),
            ({"amount": "1001", "currency": "kwd"}, "amount", "parameter_invalid_integer"),
            ({"amount": "100", "currency": "xyz"}, "currency", None),
            ({"amount": "100", "currency": "usd", "colour": "red"}, "colour", "parameter_unknown"),
            ({"amount": "100", "currency": "usd", "capture_method": "later"}, "capture_method", None),
            ({"amount": "100", "currency": "usd", "customer": "cus_none"}, "customer", "resource_missing"),
            ({"amount": "100", "currency": "usd", "payment_method": "pm_no"}, "payment_method", "resource_missing"),
            ({"amount": "100", "currency": "usd", "off_session": "true"}, "off_session", None),
            (
                {"amount": "100", "currency": "usd", "payment_method_types[0]": "card"},
                "payment_method_types",
                "payment_method_types_no_longer_supported",
            ),
        ],
    )
    def test_refuses_what_stripe_refuses(
        self, raw: Raw, control: Control, fields: dict[str, str], param: str, code: str | None
    ) -> None:
        answer = raw("POST", "/v1/payment_intents", fields)
        assert answer.status == 400
        assert answer.error["type"] == "invalid_request_error"
        assert answer.error["param"] == param
        assert answer.error.get("code") == code
        assert control.get("objects", kind="payment_intent")["objects"] == []
        assert control.get("objects", kind="event")["objects"] == []

    def test_confirming_without_a_method_is_refused(self, raw: Raw, control: Control) -> None:
        answer = raw("POST", "/v1/payment_intents", {"amount": "100", "currency": "usd", "confirm": "true"})
        assert answer.status == 400
        assert answer.error["code"] == "payment_intent_unexpected_state"
        assert control.get("objects", kind="payment_intent")["objects"] == []

    def test_asks_for_a_return_url_where_the_account_is_strict(self, raw: Raw, control: Control) -> None:
        control.stripe("rules", require_return_url=True)
        fields = {"amount": "100", "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa"}
        assert raw("POST", "/v1/payment_intents", fields).error["param"] == "return_url"
        never = {**fields, "automatic_payment_methods[enabled]": "true"}
        never["automatic_payment_methods[allow_redirects]"] = "never"
        assert raw("POST", "/v1/payment_intents", never).status == 200
        assert raw("POST", "/v1/payment_intents", {**fields, "return_url": "https://shop.test/back"}).status == 200


class TestMetadata:
    def test_merges_and_an_empty_value_removes_its_key(self, client: stripe.StripeClient) -> None:
        intent = client.v1.payment_intents.create(
            {"amount": 100, "currency": "usd", "metadata": {"a": "1", "b": "2", "7": "seven"}}
        )
        changed = client.v1.payment_intents.update(intent.id, {"metadata": {"b": "", "c": "3"}})
        assert changed.metadata.to_dict() == {"a": "1", "7": "seven", "c": "3"}

    def test_refuses_more_than_fifty_keys_and_long_values(self, raw: Raw) -> None:
        fields = {"amount": "100", "currency": "usd"}
        many = fields | {f"metadata[k{n}]": "v" for n in range(51)}
        assert raw("POST", "/v1/payment_intents", many).status == 400
        assert raw("POST", "/v1/payment_intents", fields | {"metadata[k]": "v" * 501}).status == 400
        assert raw("POST", "/v1/payment_intents", fields | {"metadata[" + "k" * 41 + "]": "v"}).status == 400


class TestUpdate:
    def test_changes_the_amount_while_nothing_was_paid(self, client: stripe.StripeClient) -> None:
        intent = client.v1.payment_intents.create({"amount": 2_000, "currency": "usd"})
        assert client.v1.payment_intents.update(intent.id, {"amount": 2_500}).amount == 2_500

    def test_refuses_another_amount_once_paid(self, client: stripe.StripeClient) -> None:
        intent = client.v1.payment_intents.create(
            {"amount": 2_000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        )
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.payment_intents.update(intent.id, {"amount": 2_500})
        assert refusal.value.code == "payment_intent_unexpected_state"
        assert client.v1.payment_intents.retrieve(intent.id).amount == 2_000
        assert client.v1.payment_intents.update(intent.id, {"description": "late note"}).description == "late note"

    def test_refuses_an_amount_under_the_minimum(self, client: stripe.StripeClient) -> None:
        intent = client.v1.payment_intents.create({"amount": 2_000, "currency": "usd"})
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.payment_intents.update(intent.id, {"amount": 10})
        assert refusal.value.code == "amount_too_small"
        assert client.v1.payment_intents.retrieve(intent.id).amount == 2_000


class TestRetrieve:
    def test_an_unknown_id_is_404(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.payment_intents.retrieve("pi_none")
        assert refusal.value.http_status == 404
        assert refusal.value.code == "resource_missing"
        assert str(refusal.value.user_message) == "No such payment_intent: 'pi_none'"


class TestPublishableKey:
    def test_confirms_with_the_client_secret(self, client: stripe.StripeClient, raw: Raw, control: Control) -> None:
        intent = client.v1.payment_intents.create({"amount": 2_000, "currency": "usd"})
        answer = raw(
            "POST",
            f"/v1/payment_intents/{intent.id}/confirm",
            {"client_secret": str(intent.client_secret), "payment_method": "pm_card_visa"},
            api_key="pk_test_shop",
        )
        assert answer.status == 200
        assert answer.json["status"] == "succeeded"
        assert control.moved(intent.id, "captured") == (1, 2_000)

    def test_opens_nothing_with_another_secret(self, client: stripe.StripeClient, raw: Raw, control: Control) -> None:
        intent = client.v1.payment_intents.create({"amount": 2_000, "currency": "usd"})
        fields = {"client_secret": "pi_x_secret_y", "payment_method": "pm_card_visa"}
        path = f"/v1/payment_intents/{intent.id}"
        assert raw("POST", f"{path}/confirm", fields, api_key="pk_test_shop").status == 400
        assert raw("POST", f"{path}/confirm", {"payment_method": "pm_card_visa"}, api_key="pk_test_shop").status == 400
        assert raw("GET", path, api_key="pk_test_shop").status == 400
        assert control.effects()["count"] == 0

    def test_opens_no_other_call(self, raw: Raw) -> None:
        answer = raw("POST", "/v1/payment_intents", {"amount": "100", "currency": "usd"}, api_key="pk_test_shop")
        assert answer.status == 403
        assert raw("GET", "/v1/events", api_key="pk_test_shop").status == 403


class TestList:
    def test_filters_by_customer_and_creation(self, client: stripe.StripeClient, control: Control) -> None:
        customer = client.v1.customers.create({"email": "a@example.com"})
        first = client.v1.payment_intents.create({"amount": 100, "currency": "usd", "customer": customer.id})
        client.v1.payment_intents.create({"amount": 100, "currency": "usd"})
        control.shift_clock(3_600)
        late = client.v1.payment_intents.create({"amount": 100, "currency": "usd", "customer": customer.id})
        found = client.v1.payment_intents.list({"customer": customer.id})
        assert [each.id for each in found.data] == [late.id, first.id]
        since = client.v1.payment_intents.list({"customer": customer.id, "created": {"gt": first.created + 60}})
        assert [each.id for each in since.data] == [late.id]
        before = client.v1.payment_intents.list({"created": {"lte": first.created}, "customer": customer.id})
        assert [each.id for each in before.data] == [first.id]


class TestCancel:
    def test_closes_an_open_payment(self, client: stripe.StripeClient, receiver: Receiver, control: Control) -> None:
        intent = client.v1.payment_intents.create({"amount": 100, "currency": "usd"})
        closed = client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
        assert closed.status == "canceled"
        assert closed.cancellation_reason == "abandoned"
        assert closed.canceled_at is not None
        control.settle_deliveries()
        assert sorted(receiver.types()) == ["payment_intent.canceled", "payment_intent.created"]

    def test_refuses_a_paid_or_a_closed_one_and_shows_it(self, client: stripe.StripeClient) -> None:
        paid = client.v1.payment_intents.create(
            {"amount": 100, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        )
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.payment_intents.cancel(paid.id)
        assert refusal.value.code == "payment_intent_unexpected_state"
        assert refusal.value.error is not None
        assert refusal.value.error.payment_intent is not None
        assert refusal.value.error.payment_intent.status == "succeeded"

    def test_a_closed_payment_cannot_be_confirmed(self, client: stripe.StripeClient, control: Control) -> None:
        intent = client.v1.payment_intents.create({"amount": 100, "currency": "usd"})
        client.v1.payment_intents.cancel(intent.id)
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        assert refusal.value.code == "payment_intent_unexpected_state"
        assert control.effects()["count"] == 0
