"""The sweep of transfers, as a Celery task."""

from __future__ import annotations

from celery import shared_task

from config.kernel import clock
from orders.tickets.transfers.services.sweeps import ask_silent, follow_changes


@shared_task(name="tickets.follow_transfers")
def follow_transfers() -> int:
    return follow_changes(at=clock.now()) + ask_silent(at=clock.now())
