"""What a drill counts: rows since its beginning, whoever made them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Sum

from config.calls.models import GatewayCall
from config.inbox.models import WebhookEvent, WebhookRejection
from config.outbox.models import OutboxJob
from payments.ledger.queries import last_entry_id
from payments.refunds.models import Refund


@dataclass(frozen=True, slots=True)
class Mark:
    """The last row of each table before a scenario began."""

    at: datetime
    event: int
    job: int
    call: int
    refund: int
    entry: int
    rejections: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What a scenario came to."""

    orders: int = 0
    events: int = 0
    duplicates: int = 0
    fetched: int = 0
    rejected: int = 0
    calls: int = 0
    calls_asked: int = 0
    requests_repeated: int = 0
    refunds: int = 0
    seconds_to_heal: float = 0.0


def mark(*, at: datetime) -> Mark:
    """Where the tables stand now."""
    return Mark(
        at=at,
        event=_last(WebhookEvent),
        job=_last(OutboxJob),
        call=_last(GatewayCall),
        refund=_last(Refund),
        entry=last_entry_id(),
        rejections=_rejections(),
    )


def figures_since(since: Mark, *, orders: int, requests_repeated: int, seconds_to_heal: float) -> Figures:
    """What came since."""
    events = WebhookEvent.objects.filter(pk__gt=since.event)
    calls = GatewayCall.objects.filter(pk__gt=since.call)
    stored, told = events.count(), events.aggregate(told=Sum("deliveries"))["told"] or 0
    return Figures(
        orders=orders,
        events=stored,
        duplicates=told - stored,
        fetched=events.filter(fetched=True).count(),
        rejected=_rejections() - since.rejections,
        calls=calls.count(),
        calls_asked=calls.filter(answer_lost=True).count(),
        requests_repeated=requests_repeated,
        refunds=Refund.objects.filter(pk__gt=since.refund, status="succeeded").count(),
        seconds_to_heal=round(seconds_to_heal, 1),
    )


def _last(table: Any) -> int:
    return int(table._base_manager.aggregate(last=Max("pk"))["last"] or 0)


def _rejections() -> int:
    return int(WebhookRejection.objects.aggregate(count=Sum("count"))["count"] or 0)
