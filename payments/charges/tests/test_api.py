"""The doors to paying, over HTTP, with the sandbox behind them."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from config.accounts.models import User
from config.accounts.roles import Role
from config.accounts.tokens import issue
from config.idempotency.models import IdempotencyKey
from orders.catalog.models import Product
from orders.order.models import Order
from orders.tests.factories import make_product, make_user, traces
from payments.charges.models import Payment
from payments.sandbox.testing import RAZORPAY_KEY_ID
from payments.tests.razorpay_world import RazorpayWorld
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def key() -> str:
    return uuid.uuid4().hex


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue(user=user).access}"}


def post(path: str, body: Any, **headers: str) -> Any:
    given = {"Idempotency-Key": key(), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Client().post(path, data=body, content_type="application/json", headers=given)


def cart(*products: Product, **changes: Any) -> dict[str, Any]:
    return {
        "gateway": "stripe",
        "currency": "USD",
        "email": "guest@example.com",
        "items": [{"sku": product.sku, "quantity": 1} for product in products],
        "accept_terms": True,
        **changes,
    }


def codes(response: Any) -> set[str]:
    return {error["code"] for error in response.json()["errors"]}


@pytest.fixture
def product(world: World) -> Product:
    del world
    return make_product(prices={"USD": 2_000, "JPY": 10}, stock=5)


class TestCheckout:
    def test_gives_a_guest_what_they_need_to_pay(self, world: World, product: Product) -> None:
        response = post("/api/v1/checkout/", cart(product, metadata={"campaign": "spring"}))
        assert response.status_code == 201, response.content
        body = response.json()
        order = Order.objects.get(public_id=body["order"]["id"])
        assert (order.total_minor, order.cart_metadata, order.buyer) == (2_000, {"campaign": "spring"}, None)
        assert body["payment"]["client_secret"].startswith(body["payment"]["gateway_payment_id"])
        product.refresh_from_db()
        assert product.stock == 4

    def test_never_reads_a_price_that_the_client_sends(self, product: Product) -> None:
        items = [{"sku": product.sku, "quantity": 1, "price": 1, "unit_minor": 1, "amount_minor": 1}]
        body = post("/api/v1/checkout/", cart(items=items, total_minor=1, amount_minor=1)).json()
        assert body["order"]["total"] == {"amount_minor": 2_000, "currency": "USD"}

    def test_offers_the_gateways_own_page(self, product: Product) -> None:
        payment = post("/api/v1/checkout/", cart(product, hosted=True)).json()["payment"]
        assert payment["gateway_payment_id"].startswith("cs_")
        assert payment["redirect_url"].startswith("http")

    def test_who_comes_back_from_the_gateways_page_sees_the_order_and_can_do_nothing_to_it(
        self, world: World, product: Product
    ) -> None:
        order = post("/api/v1/checkout/", cart(product, hosted=True)).json()["order"]
        (session,) = world.objects("checkout.session")
        for url, asked in ((session["success_url"], "paid=1"), (session["cancel_url"], "paid=0")):
            parts = urlsplit(url)
            assert (parts.path, parts.query) == (f"/orders/{order['id']}", asked)
            token, path = parts.fragment, f"/api/v1/orders/{order['id']}/"
            seen = Client().get(path, headers={"X-Order-Token": token})
            assert (seen.status_code, seen.json()["id"]) == (200, order["id"])
            for verb in ("payments", "cancel", "complete"):
                assert post(f"{path}{verb}/", {}, X_Order_Token=token).status_code == 404
            assert order["access_token"] not in url
        assert Order.objects.get(public_id=order["id"]).status == "pending_payment"

    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"items": [{"sku": "NO-SUCH", "quantity": 1}]}, 422, "unknown_sku"),
            ({"items": []}, 400, "empty"),
            ({"items": None}, 400, "null"),
            ({"items": "x"}, 400, "not_a_list"),
            ({"quantity": 0}, 400, "min_value"),
            ({"quantity": -1}, 400, "min_value"),
            ({"quantity": 1.5}, 400, "invalid"),
            ({"quantity": 1.0}, 400, "invalid"),
            ({"quantity": "1"}, 400, "invalid"),
            ({"quantity": True}, 400, "invalid"),
            ({"quantity": 10**30}, 400, None),
            ({"quantity": "many"}, 400, "invalid"),
            ({"quantity": 6}, 409, "out_of_stock"),
            ({"currency": "EUR"}, 422, None),
            ({"currency": "XXX"}, None, None),
            ({"currency": "JPY"}, 422, "amount_too_small"),
            ({"accept_terms": False}, 422, "terms_not_accepted"),
            ({"email": "nobody"}, 400, "invalid"),
            ({"gateway": "paypal"}, 422, "gateway_not_offered"),
            ({"metadata": {"a": "\x00"}}, 400, None),
        ],
        ids=str,
    )
    def test_refuses_bad_input_and_writes_nothing(
        self, product: Product, changes: dict[str, Any], status: int | None, code: str | None
    ) -> None:
        before = traces()
        if "quantity" in changes:
            changes = {"items": [{"sku": product.sku, "quantity": changes["quantity"]}]}
        response = post("/api/v1/checkout/", cart(product, **changes))
        assert 400 <= response.status_code < 500, response.content
        assert status is None or response.status_code == status, response.content
        assert code is None or code in codes(response), response.content
        assert response.json()["request_id"]
        assert traces() == before
        assert Payment.objects.count() == 0

    def test_needs_an_idempotency_key(self, product: Product) -> None:
        response = Client().post("/api/v1/checkout/", data=cart(product), content_type="application/json")
        assert (response.status_code, codes(response)) == (400, {"idempotency_key_required"})

    def test_gives_the_same_answer_to_the_same_key_with_its_secrets(self, product: Product) -> None:
        same = key()
        first = post("/api/v1/checkout/", cart(product), Idempotency_Key=same)
        again = post("/api/v1/checkout/", cart(product), Idempotency_Key=same)
        assert again.json() == first.json()
        assert again["Idempotent-Replayed"] == "true"
        assert Order.objects.count() == 1

    def test_keeps_no_secret(self, product: Product) -> None:
        body = post("/api/v1/checkout/", cart(product)).json()
        stored = bytes(IdempotencyKey.objects.get().answer or b"")
        for secret in (body["payment"]["client_secret"], body["order"]["access_token"]):
            assert secret.encode() not in stored
        row = Payment.objects.values().get()
        assert body["payment"]["client_secret"] not in str(row)

    def test_goes_on_after_a_lost_answer_and_makes_nothing_twice(self, world: World, product: Product) -> None:
        world.sandbox.control.fault("lost_answer", method="POST", path="*/payment_intents", count=2)
        same = key()
        lost = post("/api/v1/checkout/", cart(product), Idempotency_Key=same)
        assert (lost.status_code, codes(lost)) == (503, {"payment_outcome_unknown"})
        found = post("/api/v1/checkout/", cart(product), Idempotency_Key=same)
        assert found.status_code == 201, found.content
        assert Order.objects.count() == Payment.objects.count() == 1
        created = [event for event in world.new_events() if event["type"] == "payment_intent.created"]
        made = {event["data"]["object"]["id"] for event in created}
        assert made == {found.json()["payment"]["gateway_payment_id"]}

    def test_says_that_the_gateway_is_down_and_can_be_tried_again(self, world: World, product: Product) -> None:
        world.sandbox.control.fault("error", method="POST", path="*/payment_intents", status=429, count=1)
        same = key()
        down = post("/api/v1/checkout/", cart(product), Idempotency_Key=same)
        assert (down.status_code, codes(down)) == (503, {"gateway_unavailable"})
        assert post("/api/v1/checkout/", cart(product), Idempotency_Key=same).status_code == 201
        assert Order.objects.count() == 1


class TestAttempts:
    def test_a_declined_order_can_be_paid_by_a_new_attempt(self, world: World, product: Product) -> None:
        body = post("/api/v1/checkout/", cart(product)).json()
        first, token = body["payment"], body["order"]["access_token"]
        world.sandbox.control.stripe(
            f"payment_intents/{first['gateway_payment_id']}/confirm", payment_method="pm_card_chargeDeclined"
        )
        world.hear()
        path = f"/api/v1/orders/{body['order']['id']}/payments/"
        response = post(path, {"gateway": "stripe"}, X_Order_Token=token)
        assert response.status_code == 201, response.content
        second = response.json()["payment"]
        assert second["gateway_payment_id"] != first["gateway_payment_id"]
        world.sandbox.control.stripe(
            f"payment_intents/{second['gateway_payment_id']}/confirm", payment_method="pm_card_visa"
        )
        world.hear()
        assert Order.objects.get().payment_status == "paid"
        assert [payment.status for payment in Payment.objects.order_by("pk")] == ["failed", "captured"]

    def test_a_paid_order_takes_no_further_attempt(self, world: World, product: Product) -> None:
        body = post("/api/v1/checkout/", cart(product)).json()
        world.sandbox.control.stripe(
            f"payment_intents/{body['payment']['gateway_payment_id']}/confirm", payment_method="pm_card_visa"
        )
        path, token = f"/api/v1/orders/{body['order']['id']}/payments/", body["order"]["access_token"]
        response = post(path, {}, X_Order_Token=token)
        assert (response.status_code, codes(response)) == (409, {"order_already_paid"})
        assert Order.objects.get().status == "paid", "the gateway told us while we tried to close the first payment"
        assert Payment.objects.count() == 1

    @pytest.mark.parametrize("token", ["", "x" * 43])
    def test_strangers_learn_nothing(self, product: Product, token: str) -> None:
        order_id = post("/api/v1/checkout/", cart(product)).json()["order"]["id"]
        response = post(f"/api/v1/orders/{order_id}/payments/", {}, **({"X_Order_Token": token} if token else {}))
        assert response.status_code in (401, 404)
        assert Payment.objects.count() == 1


class TestConfirm:
    def test_asks_the_gateway_at_once(self, world: World, product: Product) -> None:
        body = post("/api/v1/checkout/", cart(product)).json()
        world.sandbox.control.stripe(
            f"payment_intents/{body['payment']['gateway_payment_id']}/confirm", payment_method="pm_card_visa"
        )
        path, token = f"/api/v1/payments/{body['payment']['id']}/confirm/", body["order"]["access_token"]
        assert post(path, {}, X_Order_Token=token).json()["payment"]["status"] == "captured"
        world.hear()
        assert Order.objects.get().status == "paid"

    def test_believes_the_gateway_alone(self, product: Product) -> None:
        body = post("/api/v1/checkout/", cart(product)).json()
        path, token = f"/api/v1/payments/{body['payment']['id']}/confirm/", body["order"]["access_token"]
        assert post(path, {"status": "captured"}, X_Order_Token=token).json()["payment"]["status"] == "pending"

    def test_another_buyer_finds_no_such_payment(self, product: Product) -> None:
        body = post("/api/v1/checkout/", cart(product)).json()
        other = bearer(make_user(Role.BUYER))
        assert post(f"/api/v1/payments/{body['payment']['id']}/confirm/", {}, **other).status_code == 404


class TestConfirmAtRazorpay:
    """Checkout hands the shop's page a signature over our order and its payment."""

    def begin(self, razorpay: RazorpayWorld) -> dict[str, Any]:
        product = make_product(prices={"INR": 2_000}, stock=5)
        body: dict[str, Any] = post("/api/v1/checkout/", cart(product, gateway="razorpay", currency="INR")).json()
        del razorpay
        return body

    def confirm(self, body: dict[str, Any], proof: dict[str, str]) -> Any:
        return post(f"/api/v1/payments/{body['payment']['id']}/confirm/", proof,
                    X_Order_Token=body["order"]["access_token"])  # fmt: skip

    def pay(self, razorpay: RazorpayWorld, body: dict[str, Any], **order: Any) -> dict[str, str]:
        order_id = body["payment"]["gateway_payment_id"]
        proof: dict[str, str] = razorpay.sandbox.control.razorpay(f"orders/{order_id}/pay", **order)["checkout"]
        return proof

    def test_the_browser_is_told_what_checkout_needs(self, razorpay: RazorpayWorld) -> None:
        payment = self.begin(razorpay)["payment"]
        assert (payment["gateway"], payment["public_key"]) == ("razorpay", RAZORPAY_KEY_ID)
        assert payment["gateway_payment_id"].startswith("order_")
        assert payment["client_secret"] is payment["redirect_url"] is None

    def test_a_genuine_proof_is_a_reason_to_ask(self, razorpay: RazorpayWorld) -> None:
        body = self.begin(razorpay)
        answer = self.confirm(body, self.pay(razorpay, body))
        assert (answer.status_code, answer.json()["payment"]["status"]) == (200, "captured")
        assert Order.objects.get().status == "paid"

    def test_one_of_another_payment_is_refused_and_nobody_is_asked(self, razorpay: RazorpayWorld) -> None:
        proof = self.pay(razorpay, self.begin(razorpay))
        body, asked = self.begin(razorpay), razorpay.requests("GET", "*")
        before = traces()
        answer = self.confirm(body, proof)
        assert (answer.status_code, codes(answer)) == (422, {"confirmation_not_genuine"})
        answer = self.confirm(body, {**proof, "razorpay_order_id": body["payment"]["gateway_payment_id"]})
        assert (answer.status_code, codes(answer)) == (422, {"confirmation_not_genuine"})
        assert (traces(), razorpay.requests("GET", "*")) == (before, asked)

    def test_a_genuine_one_of_what_was_only_authorised_moves_no_money(self, razorpay: RazorpayWorld) -> None:
        """The signature says that the customer came through, not that Razorpay took anything."""
        body = self.begin(razorpay)
        proof = self.pay(razorpay, body, method="upi_collect")
        assert self.confirm(body, proof).json()["payment"]["status"] == "pending"
        assert Order.objects.get().status == "pending_payment"

    def test_without_a_proof_it_asks_all_the_same(self, razorpay: RazorpayWorld) -> None:
        body = self.begin(razorpay)
        self.pay(razorpay, body)
        assert self.confirm(body, {}).json()["payment"]["status"] == "captured"
