"""The dashboard's list of what no gateway ever decided."""

from __future__ import annotations

from datetime import datetime

from config.admin.panel import WorkItem, WorkList
from config.admin.show import find_url
from config.admin.worklist import work_list
from payments.watching.models import Watch


def undecided(at: datetime) -> WorkList:
    """What was asked about to the end of the schedule: a person asks the gateway's support."""
    del at
    rows = Watch.objects.filter(state="dead").order_by("-id")
    return work_list(
        "Payments and refunds that nobody decided",
        rows,
        lambda row: WorkItem(
            f"{row.kind} {row.ref}", row.last_error_code, find_url(row.ref.partition(":")[0]), row.created_at
        ),
    )
