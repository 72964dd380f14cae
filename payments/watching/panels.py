"""The dashboard's list of what no gateway ever decided."""

from __future__ import annotations

from datetime import datetime

from config.admin.panel import Tone, WorkItem, WorkList, count_text
from config.admin.show import find_url
from config.ops.counting import capped
from payments.watching.models import Watch

SHOWN = 10
CAP = 1_000


def undecided(at: datetime) -> WorkList:
    """What was asked about to the end of the schedule: a person asks the gateway's support."""
    del at
    rows = Watch.objects.filter(state="dead").order_by("-id")
    number = capped(rows, cap=CAP)
    items = tuple(
        WorkItem(f"{row.kind} {row.ref}", row.last_error_code, find_url(row.ref.partition(":")[0]), row.created_at)
        for row in rows[:SHOWN]
    )
    tone = Tone.BAD if number else Tone.GOOD
    return WorkList("Payments and refunds that nobody decided", count_text(number, cap=CAP), items, tone, "")
