"""The marketplace of a test whose customers pay on PhonePe's page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.test import Client

from config.settings.gateways import GatewayCredentials
from orders.order.models import Order
from payments.charges.models import Payment
from payments.charges.services.start import Started, start_payment
from payments.refunds.models import Refund
from payments.sandbox.testing import PHONEPE, Sandbox
from payments.tests.world import BUYER, World
from payments.watching.services import ask_watched

ACCOUNT = GatewayCredentials(
    code="phonepe",
    gateway="phonepe",
    api_base="https://phonepe.example.test/apis/pg-sandbox",
    livemode=False,
    secret_key=PHONEPE["PHONEPE_CLIENT_SECRET"],
    webhook_secrets=("hookuser:newer-pass", "hookuser:older-pass"),
    client_id=PHONEPE["PHONEPE_CLIENT_ID"],
    client_version="1",
)


@dataclass
class PhonePeWorld(World):
    """As `World`, with one gateway account more."""

    def order(self, *amounts_minor: int, currency: str = "INR", **options: Any) -> Order:
        return super().order(*amounts_minor, currency=currency, **options)

    def start(self, order: Order, **options: Any) -> Started:
        return start_payment(order_id=order.public_id, account="phonepe", actor=BUYER, at=self.at, **options)

    def pay(self, started: Started, method: str = "UPI_INTENT") -> None:
        """The customer pays on the page; we hear of it only by webhook, or by asking."""
        self.at_page(started.payment, "pay", mode=method)

    def at_page(self, payment: Payment, verb: str, **order: Any) -> dict[str, Any]:
        """The customer's or the bank's part in an order: `pay`, `decline`, `wait`, `decide`, `expire`."""
        return self.sandbox.control.phonepe(f"orders/{payment.public_id}/{verb}", **order)

    def at_refund(self, refund: Refund, verb: str, **order: Any) -> dict[str, Any]:
        """The bank's part in a refund: `succeed`, `fail`."""
        return self.sandbox.control.phonepe(f"refunds/{refund.gateway_refund_id}/{verb}", **order)

    def refund_outside(self, order: Order, amount_minor: int) -> str:
        self.at_page(self.payment(order), "refund", amount=amount_minor)
        found = self.sandbox.control.get("objects", gateway="phonepe", kind="refund", limit=1)["objects"]
        return str(found[0]["body"]["merchantRefundId"])

    def moved(self, order: Order, effect: str) -> tuple[int, int]:
        return self.sandbox.control.moved(f"udf3={order.public_id}", effect)

    def requests(self, method: str, path: str) -> int:
        """How many requests PhonePe has seen, those aside whose token it had forgotten between two tests."""
        seen = self.sandbox.control.get("requests", gateway="phonepe", method=method, path=path, limit=1_000)
        return sum(request["status"] != 401 for request in seen["requests"])

    def poll(self, **delta: float) -> int:
        """That time goes by, and what is due is asked about. Returns how many objects had their turn."""
        self.later(**(delta or {"seconds": 26}))
        turns = ask_watched(now=self.now)
        self.work()
        return turns

    def lose_answer(self, path: str, *, method: str = "POST", times: int = 1) -> None:
        """The next `times` calls are executed and their answer is lost: nobody tries twice."""
        self.sandbox.control.fault("lost_answer", gateway="phonepe", method=method, path=path, count=times)

    def refuse(self, path: str, *, method: str = "POST", times: int = 1) -> None:
        self.sandbox.control.fault("refuse", gateway="phonepe", method=method, path=path, count=times)

    def fail(self, path: str, *, status: int, method: str = "POST", **error: Any) -> None:
        self.sandbox.control.fault(
            "error", gateway="phonepe", method=method, path=path, status=status, count=1, error=error
        )

    def all_events(self) -> list[dict[str, Any]]:
        """What PhonePe has told, oldest first; it lists nothing, so that the sandbox's memory is looked into."""
        found = self.sandbox.control.get("objects", gateway="phonepe", kind="event", limit=1_000)["objects"]
        told = [json.loads(each["body"]["text"]) for each in reversed(found)]
        return [{"id": f"{number}", "told": event} for number, event in enumerate(told)]

    def deliver(self, events: Iterable[dict[str, Any]]) -> list[int]:
        codes = []
        for event in events:
            self.delivered.add(event["id"])
            codes.append(post_hint(event["told"]).status_code)
        return codes


def authorization(credentials: str = ACCOUNT.webhook_secrets[0]) -> str:
    """The constant that PhonePe sends."""
    return hashlib.sha256(credentials.encode()).hexdigest()


def post_hint(told: Any, *, header: str | None = None) -> Any:
    """One delivery through the door, under the constant header unless another one is given."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return Client().post(
        "/webhooks/phonepe/",
        data=body,
        content_type="application/json",
        headers={"Authorization": authorization() if header is None else header},
    )


def use_phonepe(sandbox: Sandbox, settings_: Any) -> None:
    """Adds the account `phonepe` at a sandbox."""
    account = replace(ACCOUNT, api_base=sandbox.phonepe_base)
    settings_.GATEWAY_ACCOUNTS = {**settings.GATEWAY_ACCOUNTS, "phonepe": account}
