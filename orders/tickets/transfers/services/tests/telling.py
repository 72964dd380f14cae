"""What tests of transfers look at: calls, topics, and the jobs that are due, run."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from config.calls.models import GatewayCall
from config.calls.services import ask_due
from config.outbox.models import OutboxJob
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.cancel import call_back, send_cancel
from orders.tickets.transfers.services.send import send_wanted
from orders.tickets.transfers.tests.played import AT


def fresh(transfer: TicketTransfer) -> TicketTransfer:
    transfer.refresh_from_db()
    return transfer


def send(transfer: TicketTransfer, *, at: datetime = AT) -> TicketTransfer:
    """Its job runs, once."""
    send_wanted({"transfer": transfer.public_id}, at)
    return fresh(transfer)


def take_back(transfer: TicketTransfer, *, at: datetime = AT) -> str:
    """The seller wants it back; the job that asks the provider has not run."""
    with transaction.atomic():
        return call_back(transfer_pk=transfer.pk, actor="user:seller", at=at, reason="sold twice")


def run_cancel(transfer: TicketTransfer, *, at: datetime = AT) -> TicketTransfer:
    send_cancel({"transfer": transfer.public_id}, at)
    return fresh(transfer)


def calls() -> list[tuple[str, str]]:
    return list(GatewayCall.objects.order_by("pk").values_list("operation", "status"))


def jobs(topic: str) -> int:
    return OutboxJob.objects.filter(topic=topic).count()


def audits_due(at: datetime) -> None:
    """Makes every unanswered call due now."""
    GatewayCall.objects.filter(state="due").update(due_at=at - timedelta(seconds=1))


def ask(at: datetime) -> None:
    """Whoever asks about lost answers has its turn."""
    audits_due(at)
    ask_due(once=True, now=lambda: at)
