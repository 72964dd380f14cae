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
from orders.catalog.models import Product
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import deliver
from orders.order.models import Order
from orders.tests.factories import item, make_order, make_product, make_tickets
from payments.charges.models import Payment
from payments.charges.services.start import Started, start_payment
from payments.escrow.models import EscrowHold
from payments.escrow.services.release import complete_fulfilment
from payments.sandbox.testing import Sandbox

BUYER = "user:buyer"
WHOLE_DAY = timedelta(days=1)


@dataclass
class World:
    """Everything happens at `at`, which only `later` moves."""

    sandbox: Sandbox
    at: datetime = field(default_factory=timezone.now)
    delivered: set[str] = field(default_factory=set)
    began: datetime = field(default_factory=timezone.now)

    def later(self, **delta: float) -> datetime:
        self.at += timedelta(**delta)
        return self.at

    def outlast(self, **delta: float) -> datetime:
        """So much after all that was done by now: doors go by the clock, which is ahead where the machine is slow."""
        self.at = self.now()
        return self.later(**delta)

    def now(self) -> datetime:
        """The world's instant, or the clock's where that is later: the door reads the clock."""
        return max(self.at, timezone.now())

    def order(
        self, *amounts_minor: int, currency: str = "USD", stock: int = 10, product: Product | None = None
    ) -> Order:
        """An order of one piece from a new seller for each amount, or of `product`."""
        products = [make_product(prices={currency: amount}, stock=stock) for amount in amounts_minor or (10_000,)]
        if product is not None:
            products = [product]
        return make_order(*(item(product) for product in products), currency=currency, at=self.at)

    def ticketed_order(self, *amounts_minor: int, tickets: int = 1, currency: str = "USD", **options: Any) -> Order:
        """A paid order of as many tickets from a new seller for each amount; a ticket more of each stays on sale."""
        listings = [make_product(prices={currency: amount}, stock=0) for amount in amounts_minor or (10_000,)]
        for listing in listings:
            make_tickets(tickets + 1, product=listing)
        order = make_order(*(item(each, tickets) for each in listings), currency=currency, at=self.at, **options)
        self.pay(self.start(order))
        self.hear()
        order.refresh_from_db()
        return order

    def start(self, order: Order, **options: Any) -> Started:
        return start_payment(order_id=order.public_id, account="stripe", actor=BUYER, at=self.at, **options)

    def pay(self, started: Started, method: str = "pm_card_visa") -> None:
        """The customer confirms at the gateway; we hear of it only by webhook."""
        self.confirm(started.payment, method)

    def confirm(self, payment: Payment, method: str = "pm_card_visa") -> dict[str, Any]:
        """The same for a payment; the answer holds the gateway's object and the error that the customer saw."""
        return self.at_gateway(payment, "confirm", payment_method=method)

    def paid_order(self, *amounts_minor: int, **options: Any) -> Order:
        """An order whose money is captured, booked and held."""
        order = self.order(*amounts_minor, **options)
        self.pay(self.start(order))
        self.hear()
        order.refresh_from_db()
        return order

    def pay_hosted(self, started: Started, method: str = "pm_card_visa") -> None:
        """The customer pays on the gateway's own page."""
        self.sandbox.control.stripe(f"sessions/{started.payment.gateway_order_id}/pay", payment_method=method)

    def at_gateway(self, payment: Payment, verb: str, **order: Any) -> dict[str, Any]:
        """The bank's or the customer's part in a payment: `finish`, `authenticate`, `expire`."""
        return self.sandbox.control.stripe(f"payment_intents/{payment.gateway_payment_id}/{verb}", **order)

    def moved(self, order: Order, effect: str) -> tuple[int, int]:
        """(how often, how much) the gateway really moved for an order, over all its objects there."""
        return self.sandbox.control.moved(f"order={order.public_id}", effect)

    def objects(self, kind: str, **metadata: str) -> list[dict[str, Any]]:
        """The gateway's objects of a kind that carry these marks, newest first."""
        found = self.sandbox.control.get("objects", kind=kind, limit=1_000)["objects"]
        bodies = [each["body"] for each in found]
        return [body for body in bodies if metadata.items() <= (body.get("metadata") or {}).items()]

    def requests(self, method: str, path: str) -> int:
        """How many requests the gateway has seen, also those that it never answered."""
        return int(self.sandbox.control.requests(method=method, path=path)["count"])

    def lose_answer(self, path: str, *, method: str = "POST", times: int = 1) -> None:
        """The next `times` calls are executed and their answer is lost, also for the SDK's own second try."""
        self.sandbox.control.fault("lost_answer", method=method, path=path, count=2 * times)

    def refuse(self, path: str, *, method: str = "POST", times: int = 1) -> None:
        """The next `times` calls break off and nothing is executed, which we cannot tell from a lost answer."""
        self.sandbox.control.fault("refuse", method=method, path=path, count=2 * times)

    def fail(self, path: str, *, status: int, method: str = "POST", **error: Any) -> None:
        """The next call gets this error and nothing is executed."""
        self.sandbox.control.fault("error", method=method, path=path, status=status, count=1, stored=False, error=error)

    def all_events(self) -> list[dict[str, Any]]:
        """What the gateway has to tell, oldest first."""
        found = self.sandbox.control.get("objects", gateway="stripe", kind="event", limit=1_000)["objects"]
        return [each["body"] for each in reversed(found)]

    def hand_over(self, order: Order) -> None:
        """The sellers say that everything arrived."""
        for part in self.fulfilments(order):
            self.hand_over_part(part)

    def hand_over_part(self, part: Fulfilment) -> bool:
        """One seller says that their part arrived."""
        return deliver(fulfilment=part, actor="user:seller", by_staff=False, at=self.at, policy=settings.POLICY)

    def complete(self, order: Order) -> None:
        """The buyer is content with everything."""
        for part in self.fulfilments(order):
            self.complete_part(part)
        order.refresh_from_db()

    def complete_part(self, part: Fulfilment) -> bool:
        """The buyer is content with one seller's part."""
        return complete_fulfilment(fulfilment_pk=part.pk, actor=BUYER, at=self.at)

    def released_order(self, *amounts_minor: int, **options: Any) -> Order:
        """An order whose money is the sellers'."""
        order = self.paid_order(*amounts_minor, **options)
        self.hand_over(order)
        self.complete(order)
        return order

    def refund_outside(self, order: Order, amount_minor: int) -> str:
        """Somebody refunds in the gateway's own dashboard. Returns the gateway's id of it."""
        charge = self.payment(order).charge_id
        made = self.sandbox.control.stripe(f"charges/{charge}/refund", amount=amount_minor)
        return str(made["object"]["id"])

    def dispute(self, order: Order, **ordered: Any) -> str:
        """The cardholder charges the order's payment back (`amount`, `inquiry`). Returns the gateway's id of it."""
        charge = self.payment(order).charge_id
        made = self.sandbox.control.stripe(f"charges/{charge}/dispute", **ordered)
        return str(made["object"]["id"])

    def decide(self, gateway_dispute_id: str, verb: str, **ordered: Any) -> None:
        """The bank's part in a dispute: `win`, `lose`, `appeal`, `escalate`, `prevent`, `withdraw`, `reinstate`."""
        answer = self.sandbox.control.stripe(f"disputes/{gateway_dispute_id}/{verb}", **ordered)
        assert answer["error"] is None, answer["error"]

    def disputed_order(self, *amounts_minor: int, **ordered: Any) -> tuple[Order, str]:
        """A paid order that is charged back, and the gateway's id of the dispute; heard of."""
        order = self.paid_order(*amounts_minor)
        gateway_dispute_id = self.dispute(order, **ordered)
        self.hear()
        order.refresh_from_db()
        return order, gateway_dispute_id

    def new_events(self) -> list[dict[str, Any]]:
        """What of it we were not told yet."""
        return [event for event in self.all_events() if event["id"] not in self.delivered]

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
