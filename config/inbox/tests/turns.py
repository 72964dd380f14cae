"""Turns of events in the tests of the processor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from config.inbox.contract import Event, Handled
from config.inbox.models import WebhookEvent
from config.inbox.processor import process_inbox
from config.inbox.tests.toy import AT, effect
from config.queue.tests.rows import end_leases

HOUR = timedelta(hours=1)


def process(at: datetime = AT) -> int:
    return process_inbox(now=lambda: at)


def fresh(row: WebhookEvent) -> WebhookEvent:
    return WebhookEvent.objects.get(pk=row.pk)


def lose_the_lease() -> None:
    """Every lease ends, as if the worker had been away for long; to be run elsewhere, so that it is committed."""
    end_leases(WebhookEvent)


def raising(error: Exception) -> Callable[[Event, Mapping[Any, Any]], Handled]:
    """A handler which writes an effect and then fails."""

    def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
        effect(f"half of {event.event_id}")
        raise error

    return handle
