"""The marketplace of a test, paid through Razorpay: what happens there comes to us by its webhooks alone."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.test import Client

from config.settings.gateways import GatewayCredentials
from orders.catalog.models import Product
from orders.order.models import Order
from payments.charges.models import Payment
from payments.charges.services.start import Started, start_payment
from payments.sandbox.testing import RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET, Sandbox
from payments.tests.world import BUYER, World

VISA, EMPTY = "4100280000001007", "4100280000080001"
SECRETS = ("razorpay_secret_of_tests_newer", "razorpay_secret_of_tests_older")


def credentials(api_base: str, **changes: Any) -> GatewayCredentials:
    """The account `razorpay` in test mode, with two webhook secrets."""
    values: dict[str, Any] = {
        "code": "razorpay", "gateway": "razorpay", "api_base": api_base, "livemode": False,
        "client_id": RAZORPAY_KEY_ID, "secret_key": RAZORPAY_KEY_SECRET, "webhook_secrets": SECRETS,
    }  # fmt: skip
    return GatewayCredentials(**{**values, **changes})


def use_razorpay(sandbox: Sandbox, given: Any) -> None:
    """Configures the account `razorpay` at a sandbox, beside what is configured."""
    given.GATEWAY_ACCOUNTS = {**settings.GATEWAY_ACCOUNTS, "razorpay": credentials(sandbox.razorpay_base)}


@dataclass
class RazorpayWorld(World):
    """Everything that the other world does, at Razorpay and in rupees."""

    def order(
        self, *amounts_minor: int, currency: str = "INR", stock: int = 10, product: Product | None = None
    ) -> Order:
        return super().order(*amounts_minor, currency=currency, stock=stock, product=product)

    def start(self, order: Order, **options: Any) -> Started:
        return start_payment(order_id=order.public_id, account="razorpay", actor=BUYER, at=self.at, **options)

    def confirm(self, payment: Payment, method: str = VISA) -> dict[str, Any]:
        """The customer pays in Checkout; `checkout` of the answer is what it hands to the shop's page."""
        return self.at_gateway(payment, "pay", method=method)

    def pay(self, started: Started, method: str = VISA) -> None:
        self.confirm(started.payment, method)

    def at_gateway(self, payment: Payment, verb: str, **order: Any) -> dict[str, Any]:
        return self.sandbox.control.razorpay(f"orders/{payment.gateway_payment_id}/{verb}", **order)

    def at_charge(self, payment: Payment, verb: str, **order: Any) -> dict[str, Any]:
        """The bank's or Razorpay's part in the newest attempt."""
        newest = self.attempts(payment)[0]
        return self.sandbox.control.razorpay(f"payments/{newest['id']}/{verb}", **order)

    def attempts(self, payment: Payment) -> list[dict[str, Any]]:
        """Razorpay's payments of our payment's order, newest first."""
        found = self.sandbox.control.get("objects", gateway="razorpay", kind="payment", limit=1_000)["objects"]
        return [each["body"] for each in found if each["body"]["order_id"] == payment.gateway_payment_id]

    def lose_answer(self, path: str, *, method: str = "POST", times: int = 1) -> None:
        """The next `times` calls are executed and their answer is lost. Our client never repeats one by itself."""
        self.sandbox.control.fault("lost_answer", gateway="razorpay", method=method, path=path, count=times)

    def refuse(self, path: str, *, method: str = "POST", times: int = 1) -> None:
        self.sandbox.control.fault("refuse", gateway="razorpay", method=method, path=path, count=times)

    def refund_outside(self, order: Order, amount_minor: int) -> str:
        charge = self.payment(order).charge_id
        made = self.sandbox.control.razorpay(f"payments/{charge}/refund", amount=amount_minor)
        return str(made["object"]["id"])

    def all_events(self) -> list[dict[str, Any]]:
        """What Razorpay has to tell, oldest first: each with its id, which travels beside the body."""
        found = self.sandbox.control.get("objects", gateway="razorpay", kind="event", limit=1_000)["objects"]
        return [{"id": each["hidden"]["id"], "body": each["body"]} for each in reversed(found)]

    def deliver(self, events: Iterable[dict[str, Any]]) -> list[int]:
        codes = []
        for event in events:
            self.delivered.add(event["id"])
            codes.append(post_razorpay(event["body"], event_id=event["id"]).status_code)
        return codes


def post_razorpay(body: dict[str, Any] | bytes, *, event_id: str, secret: str = "", **headers: str) -> Any:
    """One delivery through the door, signed as Razorpay signs."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = hmac.new((secret or SECRETS[0]).encode(), content, hashlib.sha256).hexdigest()
    return Client().post(
        "/webhooks/razorpay/",
        data=content,
        content_type="application/json",
        headers={"X-Razorpay-Signature": signature, "X-Razorpay-Event-Id": event_id, **headers},
    )
