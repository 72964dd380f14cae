"""Who asked to be forgotten and waits, for the work list."""

from __future__ import annotations

from datetime import datetime

from config.admin.panel import Tone, WorkItem, WorkList
from config.admin.show import list_url, url_of
from config.admin.worklist import work_list
from config.erasure.models import ErasureRequest
from config.erasure.states import UNSETTLED


def erasures_to_settle(at: datetime) -> WorkList:
    """Unsettled requests, oldest first, with what they wait for."""
    del at
    rows = ErasureRequest.objects.filter(status__in=UNSETTLED).select_related("person").order_by("pk")
    return work_list(
        "People to forget",
        rows,
        lambda row: WorkItem(row.public_id, "; ".join(row.waits_for) or row.cause, url_of(row), row.created_at),
        url=list_url(ErasureRequest, status="open"),
        tone=Tone.WARNING,
    )
