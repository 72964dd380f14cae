"""Tickets and money together, over real HTTP: whatever the provider does, nobody ends with ticket and money."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from django.utils import timezone

from config.calls.models import GatewayCall
from config.inbox.processor import process_inbox
from config.settings.gateways import GatewayCredentials
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from orders.tickets.models import Ticket
from orders.tickets.providers.sandbox.adapter import HEADER
from orders.tickets.services.listing import BarcodeListed, list_tickets, relist_ticket, void_ticket
from orders.tickets.services.sending import TicketFoundInvalid
from orders.tickets.services.transferring import transfer_tickets
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.settle import settle_transfer
from orders.tickets.transfers.services.sweeps import ask_silent, follow_changes
from payments.escrow.services.cancel import time_out_fulfilment
from payments.ledger.checks import broken_truths
from payments.sandbox.testing import TRANSFERS
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = TRANSFERS["TRANSFER_SANDBOX_WEBHOOK_SECRET"]
PRICE = 10_000


class Desk:
    """A part of an order whose two tickets are with the sandbox's provider."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.order: Order = world.ticketed_order(PRICE, tickets=2)
        self.part: Fulfilment = self.order.fulfilments.get()
        self.control = world.sandbox.control
        self.heard: set[str] = set()

    def send(self) -> None:
        transfer_tickets(fulfilment=self.part, provider="sandbox", actor="user:seller", at=self.world.at)
        self.world.work()

    @property
    def transfer(self) -> TicketTransfer:
        return TicketTransfer.objects.get(fulfilment=self.part)

    def there(self, verb: str, **order: Any) -> None:
        found = self.control.get("objects", gateway="transfers", kind="ticket_transfer")["objects"]
        [name] = [each["body"]["_id"] for each in found if each["body"]["reference"] == self.transfer.public_id]
        self.control.post(f"transfers/transfers/{name}/{verb}", **order)

    def hear(self) -> None:
        """And what follows from it is done."""
        self.tell()
        self.world.work()

    def tell(self) -> None:
        """Every event that was not told yet, the newest first: order must not matter. Each twice."""
        for event in self.control.get("transfers/events")["events"]:
            if event["id"] not in self.heard:
                self.heard.add(event["id"])
                for _ in range(2):
                    assert post(event["text"].encode()) == 200
        process_inbox(now=self.world.now)

    def time_out(self) -> None:
        at = self.part.deliver_by or self.world.at
        self.world.at = max(self.world.at, at)
        time_out_fulfilment(fulfilment_pk=self.part.pk, at=self.world.at)

    def end(self) -> tuple[str, str, set[str], str, tuple[int, int]]:
        self.part.refresh_from_db()
        [hold] = self.world.holds(self.order)
        custody = {each.status for each in Ticket.objects.filter(public_id__in=self.transfer.ticket_ids)}
        return self.transfer.status, self.part.status, custody, hold.status, self.world.moved(self.order, "refunded")


def post(body: bytes) -> int:
    stamp = str(int(timezone.now().timestamp()))
    digest = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return (
        Client()
        .post(
            "/webhooks/transfer/sandbox/",
            data=body,
            content_type="application/json",
            headers={HEADER: f"t={stamp},v1={digest}"},
        )
        .status_code
    )


@pytest.fixture
def desk(world: World, settings: Any) -> Desk:
    account = GatewayCredentials(
        code="transfer-sandbox",
        gateway="transfer/sandbox",
        api_base=world.sandbox.transfers_base,
        livemode=False,
        secret_key=TRANSFERS["TRANSFER_SANDBOX_API_KEY"],
        webhook_secrets=(SECRET,),
    )
    settings.TRANSFER_PROVIDERS = {**project.TRANSFER_PROVIDERS, "sandbox": account}
    settings.LISTENING_ACCOUNTS = {**project.LISTENING_ACCOUNTS, account.code: account}
    return Desk(world)


DELIVERED = ("accepted", "delivered", {"delivered"}, "held", (0, 0))
NOTHING = (0, 0)


def given_back(status: str) -> tuple[str, str, set[str], str, tuple[int, int]]:
    return status, "cancelled", {"released_back_to_seller"}, "returned", (1, 2 * PRICE)


class TestJourney:
    def test_accepted_delivers_and_the_money_waits_for_its_delay(self, desk: Desk) -> None:
        desk.send()
        assert desk.end() == ("initiated", "awaiting", {"transferring"}, "held", NOTHING)
        desk.there("accept")
        desk.hear()
        assert desk.end() == DELIVERED

    @pytest.mark.parametrize(("verb", "status"), [("reject", "declined"), ("expire", "expired")])
    def test_declined_or_expired_gives_the_money_back(self, desk: Desk, verb: str, status: str) -> None:
        desk.send()
        desk.there(verb)
        desk.hear()
        assert desk.end() == given_back(status)

    def test_a_timeout_asks_first_and_gives_back_by_the_providers_word(self, desk: Desk) -> None:
        desk.send()
        desk.time_out()
        assert desk.end() == ("initiated", "cancelling", {"cancelling"}, "held", NOTHING)
        desk.world.work()
        assert desk.end() == given_back("cancelled")
        desk.hear()
        assert desk.end() == given_back("cancelled")

    def test_who_accepts_before_the_provider_is_asked_has_the_tickets_and_no_money(self, desk: Desk) -> None:
        desk.send()
        desk.time_out()
        desk.there("accept")
        desk.world.work()
        assert desk.end() == DELIVERED
        desk.hear()
        assert desk.end() == DELIVERED

    def test_lost_answers_are_asked_about_and_nothing_is_offered_twice(self, desk: Desk) -> None:
        desk.control.fault("lost_answer", gateway="transfers", method="POST", path="*", count=1)
        desk.send()
        assert desk.end()[0] == "starting"
        desk.world.later(minutes=1)
        desk.world.work()
        assert desk.end()[0] == "initiated"
        desk.control.fault("lost_answer", gateway="transfers", method="POST", path="*", count=1)
        desk.time_out()
        desk.world.work()
        assert desk.end()[1] == "cancelling"
        desk.world.later(minutes=1)
        desk.world.work()
        assert desk.end() == given_back("cancelled")
        assert set(GatewayCall.objects.filter(operation__startswith="transfer").values_list("status", flat=True)) == {
            "succeeded"
        }

    def test_what_no_event_told_the_list_tells(self, desk: Desk) -> None:
        desk.send()
        desk.there("accept")
        assert follow_changes(at=desk.world.at) == 1
        desk.world.work()
        assert desk.end() == DELIVERED


class TestNobodyKnows:
    def test_a_provider_that_never_answers_freezes_the_money_until_a_person_says(self, desk: Desk) -> None:
        desk.send()
        desk.control.fault("refuse", gateway="transfers", method="*", path="*", count=None)
        desk.time_out()
        desk.world.work()
        for _ in range(4):
            desk.world.later(minutes=project.POLICY.transfer_patience_minutes / 2)
            ask_silent(at=desk.world.at)
            desk.world.work()
        assert desk.end() == ("review", "review", {"review"}, "frozen", NOTHING)
        # What comes too late changes nothing by itself.
        desk.control.clear_faults()
        desk.there("accept")
        desk.hear()
        assert desk.end() == ("review", "review", {"review"}, "frozen", NOTHING)
        assert desk.transfer.told == "accepted"
        settle_transfer(transfer_pk=desk.transfer.pk, accepted=True, actor="user:ops", reason="asked", at=desk.world.at)
        desk.world.work()
        assert desk.end() == DELIVERED

    def test_accepted_after_the_money_went_back_is_left_to_a_person_and_moves_nothing(self, desk: Desk) -> None:
        desk.send()
        desk.time_out()
        desk.world.work()
        before = desk.end()
        desk.there("status", status="TRANSFERRED")
        desk.hear()
        assert desk.end() == ("review", *before[1:])

    def test_declined_and_then_accepted_before_either_was_heard_gives_no_money(self, desk: Desk) -> None:
        desk.send()
        desk.there("reject")
        desk.tell()
        assert desk.transfer.status == "declined"
        desk.there("status", status="TRANSFERRED")
        desk.tell()
        desk.world.work()
        assert desk.end() == ("review", "review", {"review"}, "frozen", NOTHING)
        settle_transfer(transfer_pk=desk.transfer.pk, accepted=True, actor="user:ops", reason="asked", at=desk.world.at)
        desk.world.work()
        assert desk.end() == DELIVERED

    @pytest.mark.parametrize("accepted", [True, False])
    def test_what_was_offered_again_meanwhile_is_taken_off_sale(self, desk: Desk, accepted: bool) -> None:
        """One is on sale, one is paid for by somebody else: neither goes to anybody. That buyer has their money back in
        the end, whoever has the tickets."""
        desk.send()
        desk.there("reject")
        desk.hear()
        on_sale, sold = Ticket.objects.filter(public_id__in=desk.transfer.ticket_ids).order_by("pk")
        for ticket in Ticket.objects.filter(product=sold.product, status="listed"):
            void_ticket(ticket_pk=ticket.pk, actor="user:seller", at=desk.world.at)
        relist_ticket(ticket_pk=sold.pk, actor="user:seller", at=desk.world.at)
        second = desk.world.paid_order(product=sold.product)
        relist_ticket(ticket_pk=on_sale.pk, actor="user:seller", at=desk.world.at)
        desk.there("status", status="TRANSFERRED")
        desk.hear()
        on_sale.refresh_from_db()
        sold.refresh_from_db()
        assert (on_sale.status, sold.status, sold.is_invalid, desk.transfer.status) == (
            "void", "in_escrow", True, "review",
        )  # fmt: skip
        settle_transfer(
            transfer_pk=desk.transfer.pk, accepted=accepted, actor="user:ops", reason="asked", at=desk.world.at
        )
        desk.world.work()
        part = second.fulfilments.get()
        with pytest.raises(TicketFoundInvalid):
            transfer_tickets(fulfilment=part, provider="sandbox", actor="user:seller", at=desk.world.at)
        desk.world.at = max(desk.world.at, part.deliver_by or desk.world.at)
        assert time_out_fulfilment(fulfilment_pk=part.pk, at=desk.world.at)
        desk.world.work()
        sold.refresh_from_db()
        assert (sold.status, desk.world.moved(second, "refunded")) == ("void", (1, PRICE))
        again = [{"barcode": sold.barcode}]
        if accepted:
            with pytest.raises(BarcodeListed):
                list_tickets(product_id=sold.product_id, tickets=again, actor="user:seller", at=desk.world.at)
        else:
            assert list_tickets(product_id=sold.product_id, tickets=again, actor="user:seller", at=desk.world.at)
        assert broken_truths() == []

    @pytest.mark.parametrize("word", ["ON_HOLD", "PARTIALLY_TRANSFERRED"])
    def test_a_word_that_nobody_understands_is_left_to_a_person(self, desk: Desk, word: str) -> None:
        desk.send()
        desk.there("status", status=word)
        desk.hear()
        assert desk.end() == ("review", "review", {"review"}, "frozen", NOTHING)
