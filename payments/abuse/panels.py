"""Who is blocked, on the dashboard."""

from __future__ import annotations

from datetime import datetime

from config.admin.panel import Tone, WorkItem, WorkList
from config.admin.show import list_url, url_of
from config.admin.worklist import work_list
from payments.abuse.models import Block


def blocks_standing(at: datetime) -> WorkList:
    """Blocks that stand, the newest first: a person who was blocked by mistake may call."""
    standing = Block.objects.filter(lifted_at__isnull=True, until__gt=at).order_by("-pk")
    return work_list(
        "Blocked from paying",
        standing,
        lambda row: WorkItem(row.shown, row.why, url_of(row), row.begun_at),
        url=list_url(Block),
        tone=Tone.WARNING,
    )
