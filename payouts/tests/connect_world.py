"""Payees with an account at Stripe, on the sandbox: their payouts are sent, told of, and come back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import stripe
from django.conf import settings as django_settings
from django.test import Client

from config.inbox.models import WebhookEvent
from config.kernel.money import Money
from config.outbox.runner import LANES, run_outbox
from config.settings.rails import RailAccount
from payments.ledger.models import PayeeBalance
from payments.ledger.queries import balance_minor
from payments.sandbox.testing import API_KEY
from payments.tests.world import World
from payouts.payees.models import Destination, Payee
from payouts.payout.models import Payout
from payouts.rails import registry
from payouts.rails.connect.adapter import ConnectRail
from payouts.rails.contract import NewDestination
from payouts.tests.payout_world import PayoutWorld

CONNECT_SECRET = "whsec_connect_of_the_tests_0000"


@dataclass
class ConnectWorld:
    """`world` has the sandbox and its instant, `books` makes payees and payouts."""

    world: World
    books: PayoutWorld
    heard: set[str] = field(default_factory=set)

    def order(self, path: str, **order: Any) -> dict[str, Any]:
        """As the payee, Stripe or the bank."""
        return self.world.sandbox.control.stripe(path, **order)

    def account(self, payee_id: str = "") -> str:
        """A new account at Stripe that its payee has filled in."""
        new = NewDestination(
            our_id="dst_of_a_test", payee_id=payee_id, kind="connected_account", currency="USD", holder="",
            country="US", legal_form="person", details={},
        )  # fmt: skip
        made = self.rail.create_recipient(key=f"account-{len(self.heard)}-{payee_id}", new=new).destination
        assert made is not None
        self.order(f"accounts/{made.account_id}/complete")
        return made.account_id

    @property
    def rail(self) -> ConnectRail:
        return registry.ADAPTERS["stripe_connect"](django_settings.RAIL_ACCOUNTS["stripe"])  # type: ignore[return-value]

    def payee(self, minor: int = 10_000) -> Payee:
        """A seller with so much in US dollars, which stand in our balance at Stripe too."""
        payee = self.books.payee(currency="USD", rail="stripe_connect")
        account_id = self.account(payee.public_id)
        Destination.objects.filter(payee=payee).update(kind="connected_account", account_id=account_id)
        if minor:
            self.earn(payee, minor)
        return payee

    def earn(self, payee: Payee, minor: int) -> None:
        self.books.earn(payee, minor, "USD")
        self.books.charge(minor, account="stripe", currency="USD")
        self.order("topup", amount=minor)

    def approved(self, payee: Payee) -> Payout:
        return self.books.approve(self.books.freeze(payee, currency="USD"))

    def sent(self, minor: int = 10_000) -> Payout:
        """A payout on its way to the payee's bank."""
        payout = self.approved(self.payee(minor))
        self.work()
        return self.books.again(payout)

    def paid(self, minor: int = 10_000) -> Payout:
        """One that the bank has."""
        payout = self.sent(minor)
        self.bank(payout, "advance")
        self.bank(payout, "advance")
        self.hear()
        return self.books.again(payout)

    def bank(self, payout: Payout, verb: str, **order: Any) -> None:
        self.order(f"payouts/{payout.rail_payout_id}/{verb}", **order)

    def work(self) -> None:
        self.world.work()

    def work_once(self) -> None:
        """The jobs alone, once: nobody asks yet about what had no answer."""
        for lane in LANES:
            run_outbox(lane=lane, once=True, now=self.world.now)

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """What was not told yet, oldest first, with whether it is of our own account."""
        found: list[tuple[str, dict[str, Any]]] = []
        for kind in ("event", "connected_event"):
            objects = self.world.sandbox.control.get("objects", gateway="stripe", kind=kind, limit=1_000)["objects"]
            found += [(kind, each["body"]) for each in reversed(objects) if each["body"]["id"] not in self.heard]
        return sorted(found, key=lambda each: int(each[1]["created"]))

    def deliver(self, kind: str, event: dict[str, Any]) -> int:
        """One delivery through the door, signed for its endpoint."""
        self.heard.add(event["id"])
        account = django_settings.GATEWAY_ACCOUNTS["stripe"]
        secret = CONNECT_SECRET if kind == "connected_event" else account.webhook_secrets[0]
        body = json.dumps(event)
        answer = Client().post(
            "/webhooks/stripe/",
            data=body.encode(),
            content_type="application/json",
            headers={"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(body, secret)},
        )
        return answer.status_code

    def hear(self, *types: str) -> None:
        """Delivers what is new, or what of it is of these types, and works everything off."""
        for kind, event in self.events():
            if not types or event["type"] in types:
                assert self.deliver(kind, event) == 200
        self.work()

    def outcome(self, event: dict[str, Any], kind: str = "connected_event") -> str:
        """Delivers an event and says what became of it."""
        self.deliver(kind, event)
        self.work()
        return WebhookEvent.objects.get(event_id=event["id"]).state

    def moved(self, effect: str) -> tuple[int, int]:
        """How often and how much moved at Stripe, in all."""
        return self.world.sandbox.control.moved("", effect)

    def standing(self, payee: Payee) -> dict[str, int]:
        """What the books say, of US dollars, where it is not nothing."""
        row = PayeeBalance.objects.get(owner=payee.owner, currency="USD")
        found = {
            "payable": row.payable_minor,
            "receivable": row.receivable_minor,
            "in_transit": -balance_minor("in_transit", currency="USD", owner=payee.owner),
            "connected": balance_minor("connected", currency="USD", owner=payee.owner),
            "clearing": balance_minor("clearing", currency="USD", owner="stripe"),
            "suspense": balance_minor("suspense", currency="USD"),
        }
        return {name: minor for name, minor in found.items() if minor}

    @staticmethod
    def usd(minor: int) -> Money:
        return Money(minor, "USD")


@pytest.fixture
def connect(world: World, payouts: PayoutWorld, settings: Any) -> ConnectWorld:
    """Connect on the sandbox; what happens, happens at the instant of the sandbox's world."""
    payouts.at = world.at
    base = world.sandbox.stripe_base
    settings.RAIL_ACCOUNTS = {
        **django_settings.RAIL_ACCOUNTS,
        "stripe": RailAccount(
            code="stripe",
            rail="stripe_connect",
            livemode=False,
            secret_key=API_KEY,
            api_base=base,
            told_by="stripe-connect",
        ),
    }
    listening = replace(
        django_settings.GATEWAY_ACCOUNTS["stripe"], code="stripe-connect", webhook_secrets=(CONNECT_SECRET,)
    )
    settings.LISTENING_ACCOUNTS = {**django_settings.LISTENING_ACCOUNTS, "stripe-connect": listening}
    settings.POLICY = replace(
        django_settings.POLICY,
        payout_minimum_minor={},
        payout_fee_minor={},
        payout_approval_threshold_minor={"INR": 50_000, "USD": 50_000},
    )
    return ConnectWorld(world, payouts)
