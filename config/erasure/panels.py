"""Who asked to be forgotten and waits, for the work list."""

from __future__ import annotations

from datetime import datetime

from config.admin.panel import Tone, WorkItem, WorkList, count_text
from config.admin.show import list_url, url_of
from config.erasure.models import ErasureRequest
from config.erasure.states import UNSETTLED
from config.ops.counting import capped

SHOWN = 10
CAP = 1_000


def erasures_to_settle(at: datetime) -> WorkList:
    """Unsettled requests, oldest first, with what they wait for."""
    del at
    rows = ErasureRequest.objects.filter(status__in=UNSETTLED).select_related("person").order_by("pk")
    number = capped(rows, cap=CAP)
    items = tuple(
        WorkItem(row.public_id, "; ".join(row.waits_for) or row.cause, url_of(row), row.created_at)
        for row in rows[:SHOWN]
    )
    tone = Tone.WARNING if number else Tone.GOOD
    return WorkList(
        "People to forget", count_text(number, cap=CAP), items, tone, list_url(ErasureRequest, status="open")
    )
