"""What in the inbox waits for a second person."""

from __future__ import annotations

from datetime import datetime

from config.admin.panel import Tone, WorkItem, WorkList, count_text
from config.admin.show import list_url, url_of
from config.inbox.models import ReplayRequest
from config.inbox.states import ReplayStatus

SHOWN = 10
CAP = 100


def replays_to_approve(at: datetime) -> WorkList:
    """Bulk replays that somebody asked for and nobody has allowed or rejected yet."""
    del at
    rows = list(ReplayRequest.objects.filter(status=ReplayStatus.REQUESTED).order_by("-pk")[:CAP])
    items = tuple(
        WorkItem(
            f"{row.source} {row.type or 'every type'}: {row.matched:,} events",
            row.reason,
            url_of(row),
            row.requested_at,
        )
        for row in rows[:SHOWN]
    )
    tone = Tone.WARNING if rows else Tone.GOOD
    url = list_url(ReplayRequest, status=ReplayStatus.REQUESTED)
    return WorkList("Bulk replays to allow", count_text(len(rows), cap=CAP), items, tone, url)
