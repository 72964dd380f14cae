"""Payments under suspicion, on the dashboard."""

from __future__ import annotations

from datetime import datetime

from config.admin.money import show_money
from config.admin.panel import Tone, WorkItem, WorkList, count_text
from config.admin.show import list_url, url_of, words
from config.ops.counting import capped
from payments.reviews.models import Review

SHOWN, CAP = 10, 1_000


def open_reviews(at: datetime) -> WorkList:
    """What a gateway suspects, the newest first: a refund in time is cheaper than a dispute."""
    del at
    rows = Review.objects.filter(status="open").select_related("payment").order_by("-pk")
    number = capped(rows, cap=CAP)
    items = tuple(
        WorkItem(
            f"{row.get_kind_display()} of {show_money(row.payment.amount)}",
            words(row.reason),
            url_of(row),
            row.opened_at,
        )
        for row in rows[:SHOWN]
    )
    url = list_url(Review, status="open")
    return WorkList("Suspected of fraud", count_text(number, cap=CAP), items, Tone.BAD if number else Tone.GOOD, url)


def _label(row: Review) -> str:
    return f"{row.get_kind_display()} of {show_money(row.payment.amount)}"
