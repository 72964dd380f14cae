"""Payments under suspicion, on the dashboard."""

from __future__ import annotations

from datetime import datetime

from config.admin.money import show_money
from config.admin.panel import WorkItem, WorkList
from config.admin.show import list_url, url_of, words
from config.admin.worklist import work_list
from payments.reviews.models import Review


def open_reviews(at: datetime) -> WorkList:
    """What a gateway suspects, the newest first: a refund in time is cheaper than a dispute."""
    del at
    rows = Review.objects.filter(status="open").select_related("payment").order_by("-pk")
    return work_list(
        "Suspected of fraud",
        rows,
        lambda row: WorkItem(
            f"{row.get_kind_display()} of {show_money(row.payment.amount)}",
            words(row.reason),
            url_of(row),
            row.opened_at,
        ),
        url=list_url(Review, status="open"),
    )


def _label(row: Review) -> str:
    return f"{row.get_kind_display()} of {show_money(row.payment.amount)}"
