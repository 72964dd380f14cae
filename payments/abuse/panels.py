"""Who is blocked, on the dashboard."""

from __future__ import annotations

from datetime import datetime

from config.admin.panel import Tone, WorkItem, WorkList, count_text
from config.admin.show import list_url, url_of
from config.ops.counting import capped
from payments.abuse.models import Block

SHOWN, CAP = 10, 1_000


def blocks_standing(at: datetime) -> WorkList:
    """Blocks that stand, the newest first: a person who was blocked by mistake may call."""
    standing = Block.objects.filter(lifted_at__isnull=True, until__gt=at).order_by("-pk")
    number = capped(standing, cap=CAP)
    items = tuple(WorkItem(row.shown, row.why, url_of(row), row.begun_at) for row in standing[:SHOWN])
    tone = Tone.WARNING if number else Tone.GOOD
    return WorkList("Blocked from paying", count_text(number, cap=CAP), items, tone, list_url(Block))
