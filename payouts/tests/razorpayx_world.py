"""Payees who are paid through the sandbox's RazorpayX: what happens there comes to us by its webhooks alone."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from config.inbox.models import WebhookEvent
from config.inbox.processor import process_inbox
from config.kernel import clock
from config.settings.gateways import GatewayCredentials
from config.settings.rails import RailAccount
from payments.sandbox.razorpay.x.outcomes import account_number
from payments.sandbox.testing import RAZORPAYX, Sandbox
from payouts.payees.models import Destination
from payouts.payout.models import Payout
from payouts.rails.contract import NewDestination
from payouts.rails.registry import rail_for
from payouts.tests.paper_rail import PaperRail
from payouts.tests.payout_world import PayoutWorld, make_world

SECRETS = ("razorpayx_secret_of_tests_newer", "razorpayx_secret_of_tests_older")
PLAIN = "765432123456789"
_numbers = count(1)


def use_razorpayx(api_base: str, given: Any, *, validates: bool = False) -> None:
    """Configures the rail account and its webhook, beside what is configured."""
    key_id, secret = RAZORPAYX["RAZORPAYX_KEY_ID"], RAZORPAYX["RAZORPAYX_KEY_SECRET"]
    account = RailAccount(
        code="razorpayx", rail="razorpayx", livemode=False, api_base=api_base, key_id=key_id, secret_key=secret,
        account_number=RAZORPAYX["RAZORPAYX_ACCOUNT_NUMBER"], validates=validates, told_by="razorpayx",
    )  # fmt: skip
    listens = GatewayCredentials(
        code="razorpayx", gateway="razorpay", api_base=api_base, livemode=False, secret_key=secret,
        webhook_secrets=SECRETS, client_id=key_id,
    )  # fmt: skip
    given.RAIL_ACCOUNTS = {**django_settings.RAIL_ACCOUNTS, "razorpayx": account}
    given.LISTENING_ACCOUNTS = {**django_settings.LISTENING_ACCOUNTS, "razorpayx": listens}


def post_razorpayx(body: bytes, *, event_id: str = "", secret: str = SECRETS[0]) -> Any:
    """One delivery through the door."""
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Razorpay-Signature": signature, "X-Razorpay-Event-Id": event_id or f"evt_{next(_numbers)}"}
    return Client().post("/webhooks/razorpay/", body, content_type="application/json", headers=headers)


@dataclass
class RazorpayXWorld(PayoutWorld):
    """Everything that the world on paper does, at RazorpayX."""

    sandbox: Sandbox | None = None

    def at_rail(self, path: str, **order: Any) -> dict[str, Any]:
        assert self.sandbox is not None
        return self.sandbox.control.razorpay(path, **order)

    def top_up(self, minor: int) -> None:
        """So much stands at the float, in our books and at RazorpayX."""
        self.fund(minor, rail_account="razorpayx")
        self.at_rail("fund", amount=minor)

    def known_at_rail(self, number: str = PLAIN) -> str:
        """The fund account of somebody's bank account there."""
        details = {"holder": "Asha Rao", "ifsc": "HDFC0000053", "account_number": number}
        new = NewDestination(
            our_id="dst_0", payee_id=f"pye_{next(_numbers)}", kind="bank_account", currency="INR", holder="Asha Rao",
            legal_form="person", country="IN", details=details,
        )  # fmt: skip
        rail = rail_for("razorpayx")
        made = rail.create_recipient(key=f"call_{next(_numbers)}", new=new).destination
        assert made is not None
        recipient = replace(new, recipient_id=made.recipient_id)
        account = rail.create_destination(key=f"call_{next(_numbers)}", new=recipient).destination
        assert account is not None
        return account.account_id

    def to_pay(self, minor: int = 50_000, *, number: str = PLAIN, word: str = "", reason: str = "") -> Payout:
        """An approved payout to an account of this fate."""
        account_id = self.known_at_rail(account_number(word, reason) if word else number)
        return self.approved(minor, rail="razorpayx", account_id=account_id)

    def paid_out(self, minor: int = 50_000, **fate: Any) -> Payout:
        """One that RazorpayX was asked for, and of which it has not told anything yet."""
        payout = self.to_pay(minor, **fate)
        self.work()
        return self.again(payout)

    def told(self, *names: str) -> list[dict[str, Any]]:
        """What RazorpayX has to tell, oldest first."""
        assert self.sandbox is not None
        rail_for("razorpayx").get_float(currency="INR")  # whatever is due by now is done before a request is answered
        found = self.sandbox.control.get("objects", gateway="razorpay", kind="event", limit=1_000)["objects"]
        events = [each["body"] for each in reversed(found)]
        return [event for event in events if not names or event["event"] in names]

    def deliver(self, events: Iterable[dict[str, Any]], *, times: int = 1) -> None:
        """By the door, and then out of the inbox."""
        for event in events:
            for _ in range(times):
                answer = post_razorpayx(json.dumps(event, separators=(",", ":")).encode())
                assert answer.status_code == 200, answer.content
        # The door stamps what comes in by the clock: a world that stands before it would never find it due.
        process_inbox(once=True, now=lambda: max(self.at, clock.now()))
        assert not WebhookEvent.objects.filter(state="due").exists()

    def settle(self) -> None:
        """Everything that happened there is told here."""
        self.deliver(self.told())

    def known(self, destination: Destination) -> Destination:
        return Destination.objects.get(pk=destination.pk)


@pytest.fixture
def razorpayx(sandbox: Sandbox, settings: Any, monkeypatch: pytest.MonkeyPatch) -> RazorpayXWorld:
    """A world whose payouts go by the sandbox's RazorpayX."""
    make_world(settings, monkeypatch, PaperRail())
    use_razorpayx(sandbox.razorpay_base, settings)
    return RazorpayXWorld(rail=PaperRail(), sandbox=sandbox)
