"""A marketplace in a test: people, orders and a sandbox gateway, moved only by the verbs that production has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import stripe
from django.conf import settings
from django.test import Client
from django.utils import timezone

from config.calls.services import ask_due
from config.inbox.processor import process_inbox, unpark_due
from config.outbox.runner import LANES, run_outbox
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from orders.tests.factories import item, make_order, make_product
from payments.charges.models import Payment
from payments.charges.services.start import Started, start_payment
from payments.escrow.models import EscrowHold
from payments.gateways.registry import gateway_for
from payments.sandbox.testing import Sandbox

BUYER = "user:buyer"


@dataclass
class World:
    """Everything happens at `at`, which only `later` moves."""

    sandbox: Sandbox
    at: datetime = field(default_factory=timezone.now)
    delivered: set[str] = field(default_factory=set)

    def later(self, **delta: float) -> datetime:
        self.at += timedelta(**delta)
        return self.at

    def now(self) -> datetime:
        """The world's instant, or the clock's where that is later: the door reads the clock."""
        return max(self.at, timezone.now())

    def order(self, *amounts_minor: int, currency: str = "USD", stock: int = 10) -> Order:
        """An order of one piece from a new seller for each amount."""
        products = [make_product(prices={currency: amount}, stock=stock) for amount in amounts_minor or (10_000,)]
        return make_order(*(item(product) for product in products), currency=currency, at=self.at)

    def start(self, order: Order, **options: Any) -> Started:
        return start_payment(order_id=order.public_id, account="stripe", actor=BUYER, at=self.at, **options)

    def pay(self, started: Started, method: str = "pm_card_visa") -> None:
        """The customer confirms at the gateway; we hear of it only by webhook."""
        self.sandbox.control.stripe(
            f"payment_intents/{started.payment.gateway_payment_id}/confirm", payment_method=method
        )

    def paid_order(self, *amounts_minor: int, **options: Any) -> Order:
        """An order whose money is captured, booked and held."""
        order = self.order(*amounts_minor, **options)
        self.pay(self.start(order))
        self.hear()
        order.refresh_from_db()
        return order

    def new_events(self) -> list[dict[str, Any]]:
        """What the gateway has to tell and we were not told yet, oldest first."""
        listed = gateway_for("stripe").list_events(since=self.at - timedelta(days=2))
        events = [json.loads(event.body) for event in listed]
        return [event for event in events if event["id"] not in self.delivered]

    def deliver(self, events: Iterable[dict[str, Any]]) -> list[int]:
        """Brings events through the door, signed. Returns the door's status codes."""
        codes = []
        for event in events:
            self.delivered.add(event["id"])
            codes.append(post_event(event).status_code)
        return codes

    def hear(self, events: Sequence[dict[str, Any]] | None = None) -> None:
        """Delivers what is new (or `events`) and works everything off that follows from it."""
        self.deliver(self.new_events() if events is None else events)
        self.work()

    def work(self) -> None:
        """Works inbox, outbox and questions off until nothing is due."""
        for _ in range(20):
            unpark_due(at=self.now())
            turns = process_inbox(now=self.now) + ask_due(now=self.now)
            turns += sum(run_outbox(lane=lane, now=self.now) for lane in LANES)
            if not turns:
                return
        raise AssertionError("there is always something due")

    def payment(self, order: Order) -> Payment:
        return Payment.objects.filter(order=order).latest("pk")

    def holds(self, order: Order) -> list[EscrowHold]:
        return list(EscrowHold.objects.filter(fulfilment__order=order).order_by("pk"))

    def fulfilments(self, order: Order) -> list[Fulfilment]:
        return list(order.fulfilments.order_by("pk"))


def post_event(event: dict[str, Any], *, secret: str = "", **headers: str) -> Any:
    """One delivery through the door, signed as Stripe signs."""
    body = json.dumps(event)
    secret = secret or settings.GATEWAY_ACCOUNTS["stripe"].webhook_secrets[0]
    signature = stripe.WebhookSignature.generate_signature_header(body, secret)
    return Client().post(
        "/webhooks/stripe/",
        data=body.encode(),
        content_type="application/json",
        headers={"Stripe-Signature": signature, **headers},
    )
