"""A dry run of a real gateway's event: it shows what will be booked to the unit, and leaves nothing anywhere."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import REGISTRY

from config.audit.models import AuditEntry
from config.calls.models import GatewayCall
from config.inbox.models import WebhookEvent
from config.inbox.processor import process_inbox
from config.inbox.replay import Difference, dry_run, replay
from config.outbox.models import OutboxJob
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from payments.charges.models import GatewayTransaction, Payment
from payments.escrow.models import EscrowHold
from payments.ledger.models import LedgerEntry, LedgerLine, PayeeBalance
from payments.refunds.models import Refund
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = (
    Order, Fulfilment, Payment, GatewayTransaction, EscrowHold, Refund, PayeeBalance, LedgerEntry, LedgerLine,
    GatewayCall, OutboxJob, AuditEntry, WebhookEvent,
)  # fmt: skip


def everything() -> dict[str, Any]:
    return {table.__name__: list(table._base_manager.order_by("pk").values()) for table in TABLES}


def received(world: World, kind: str) -> WebhookEvent:
    """The gateway's events have come in, and this one was not handled."""
    world.deliver(world.new_events())
    return WebhookEvent.objects.filter(type=kind).latest("pk")


def shown(difference: Difference) -> list[tuple[str, int]]:
    return sorted((line.account, line.amount.amount_minor) for line in difference.lines)


class TestDryRun:
    def test_of_a_capture_shows_holds_books_and_jobs_and_leaves_nothing(self, world: World) -> None:
        order = world.order(10_000, 3_333)
        world.pay(world.start(order))
        event = received(world, "charge.succeeded")
        before = everything()
        difference = dry_run(event_pk=event.pk, at=world.now())
        assert everything() == before
        assert difference.outcome == "processed"
        assert shown(difference) == [("clearing", 13_333), ("escrow", -10_000), ("escrow", -3_333)]
        assert {move.target for move in difference.moves} >= {"captured", "paid"}
        assert any(job.startswith("order.paid") for job in difference.jobs)

    def test_then_handling_it_books_exactly_what_was_shown(self, world: World) -> None:
        order = world.order(10_000)
        world.pay(world.start(order))
        event = received(world, "payment_intent.succeeded")
        WebhookEvent.objects.exclude(pk=event.pk).update(state="ignored")
        difference = dry_run(event_pk=event.pk, at=world.now())
        WebhookEvent.objects.filter(pk=event.pk).update(state="dead")
        replay(event_pk=event.pk, actor="user:x", reason="after the fix", at=world.now())
        process_inbox(now=world.now)
        event.refresh_from_db()
        assert event.state == "processed"
        assert difference.outcome == "processed"
        assert sorted(LedgerLine.objects.values_list("account", "amount_minor")) == shown(difference)
        order.refresh_from_db()
        assert order.status == "paid"

    def test_of_a_known_fact_changes_nothing(self, world: World) -> None:
        world.paid_order(10_000)
        event = WebhookEvent.objects.get(type="payment_intent.succeeded")
        before = everything()
        difference = dry_run(event_pk=event.pk, at=world.now())
        assert (difference.outcome, difference.changes_nothing) == ("processed", True)
        assert everything() == before

    def test_does_not_count_a_declined_charge(self, world: World) -> None:
        world.pay(world.start(world.order(10_000)), method="pm_card_chargeDeclined")
        event = received(world, "payment_intent.payment_failed")

        def counted() -> float:
            found = (
                sample.value for metric in REGISTRY.collect() for sample in metric.samples
                if sample.name == "holdfast_failed_charges_total"
            )  # fmt: skip
            return sum(found)

        before = counted()
        difference = dry_run(event_pk=event.pk, at=world.now())
        assert [move.target for move in difference.moves if move.subject == "payment"][-1] == "failed"
        assert counted() == before
        process_inbox(now=world.now)
        assert counted() == before + 1
