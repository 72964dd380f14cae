"""Settlements that no event told: found by asking, booked once, and no gateway keeps another from its turn."""

from __future__ import annotations

import pytest

from payments.ledger.checks import broken_truths
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payments.settlements.models import Settlement
from payments.settlements.services.ask import ask_settlements
from payments.tests.razorpay_world import RazorpayWorld
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def settle(razorpay: RazorpayWorld) -> str:
    """What was paid goes to our bank, and no event of it comes."""
    return str(razorpay.sandbox.control.razorpay("settle")["object"]["id"])


class TestAsk:
    def test_finds_what_no_event_told_and_books_it_once(self, razorpay: RazorpayWorld) -> None:
        razorpay.paid_order(10_000)
        settlement_id = settle(razorpay)
        assert ask_settlements(at=razorpay.at) == 1
        row = Settlement.objects.get()
        assert (row.gateway_settlement_id, row.status, row.amount_minor) == (settlement_id, "paid", 10_000 - 236)
        assert row.reference
        assert (balance_minor("clearing", currency="INR"), balance_minor("settling", currency="INR")) == (0, 9_764)
        entries = LedgerEntry.objects.count()
        assert ask_settlements(at=razorpay.at) == 0
        razorpay.hear()  # the event that comes after all
        assert LedgerEntry.objects.count() == entries
        assert broken_truths() == []

    def test_what_an_event_told_is_no_news(self, razorpay: RazorpayWorld) -> None:
        razorpay.paid_order(10_000)
        settle(razorpay)
        razorpay.hear()
        before = everything()
        assert ask_settlements(at=razorpay.at) == 0
        assert everything() == before

    def test_a_gateway_that_cannot_be_asked_is_asked_the_next_time(self, razorpay: RazorpayWorld) -> None:
        razorpay.paid_order(10_000)
        settle(razorpay)
        fault = razorpay.sandbox.control.fault(
            "error", gateway="razorpay", method="GET", path="/v1/settlements", status=503, stage="before", count=None
        )
        before = everything()
        assert ask_settlements(at=razorpay.at) == 0
        assert everything() == before
        razorpay.sandbox.control.delete(f"faults/{fault}")
        assert ask_settlements(at=razorpay.at) == 1

    def test_who_lists_none_is_not_asked(self, world: World) -> None:
        world.paid_order(10_000)
        before = everything()
        assert ask_settlements(at=world.at) == 0
        assert everything() == before
