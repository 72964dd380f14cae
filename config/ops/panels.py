"""The dashboard's view of the queues, and what in them needs a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Model, QuerySet
from django.urls import NoReverseMatch, reverse

from config.admin import worklist
from config.admin.panel import Figure, Panel, Tone, WorkItem, WorkList, count_text
from config.admin.worklist import counted, work_list
from config.inbox.models import WebhookEvent
from config.ops import queues as queue_depths
from config.ops.counting import capped
from config.outbox.models import OutboxJob


def queues(at: datetime) -> Panel:
    """How deep each queue is, and how long its oldest row has waited."""
    late = timedelta(seconds=settings.OVERDUE_AFTER_S)
    models = {queue: model for queue, _, model, _ in queue_depths.parts()}
    figures = []
    for depth in queue_depths.depths(at=at):
        age = depth.age(at)
        waiting = f", oldest {_duration(age)}" if depth.due else ""
        figures.append(
            Figure(
                label=" ".join(part for part in dict.fromkeys((depth.queue, depth.lane)) if part),
                value=f"{count_text(depth.due, cap=queue_depths.CAP)} due{waiting}",
                tone=Tone.BAD if age > late else Tone.GOOD,
                url=_list_url(models[depth.queue], state="due"),
            )
        )
    stuck = queue_depths.stuck()
    parked = count_text(stuck.inbox_parked, cap=queue_depths.CAP)
    figures.append(Figure("inbox parked", parked, Tone.NEUTRAL, _list_url(WebhookEvent, state="parked")))
    return Panel(title="Queues", figures=tuple(figures))


def dead_rows(at: datetime) -> WorkList:
    """Events and jobs that were given up: to be replayed, revived or skipped by a person."""
    del at
    events = WebhookEvent.objects.filter(state="dead").order_by("-id").defer("body", "body_sha256")
    jobs = OutboxJob.objects.filter(state="dead").order_by("-id").defer("payload")
    number = capped(events, cap=worklist.CAP) + capped(jobs, cap=worklist.CAP)
    items = [
        *(WorkItem(f"{row.source} {row.type}", _why(row), _url(row), row.received_at) for row in _first(events)),
        *(WorkItem(f"{row.topic} → {row.listener}", _why(row), _url(row), row.created_at) for row in _first(jobs)),
    ][: worklist.SHOWN]
    return counted("Dead events and jobs", number, items, url=_list_url(WebhookEvent, state="dead"))


def unanswered_calls(at: datetime) -> WorkList:
    """Calls whose outcome nobody could find: the debt behind each is blocked until a person has looked."""
    del at
    calls = queue_depths.unanswered().order_by("case_opened_at").defer("answer", "request_facts")
    return work_list(
        "Calls without an answer",
        calls,
        lambda call: WorkItem(
            f"{call.operation} for {call.subject_id}", _why(call) or call.status, _url(call), call.case_opened_at
        ),
    )


def _first(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows[: worklist.SHOWN]


def _why(row: Any) -> str:
    return ": ".join(part for part in (row.last_error_code, row.last_error[:200]) if part)


def _url(row: Model) -> str:
    return _reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def _list_url(model: type[Model], **filters: str) -> str:
    url = _reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{url}?{urlencode({f'{name}__exact': value for name, value in filters.items()})}" if url else ""


def _reverse(name: str, args: list[Any] | None = None) -> str:
    """A figure without a page of its own is still a figure."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _duration(age: timedelta) -> str:
    seconds = int(age.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
