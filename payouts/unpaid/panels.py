"""Released money that must be paid soon, on the dashboard."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from config.admin import worklist
from config.admin.money import show_money
from config.admin.panel import WorkItem, WorkList
from config.admin.show import until, url_of
from config.admin.worklist import counted
from config.ops.counting import capped
from payouts.payees.models import Payee
from payouts.unpaid.queries import that_must_leave


def money_that_must_be_paid(at: datetime) -> WorkList:
    """What was released, is not paid, and may stand at its gateway only a few days more."""
    rows = that_must_leave(before=at + timedelta(days=settings.POLICY.must_leave_alarm_days))
    shown = list(rows[: worklist.SHOWN])
    payees = {each.owner: each for each in Payee.objects.filter(owner__in=[row.owner for row in shown])}
    items = (
        WorkItem(
            f"{show_money(row.amount)} of {row.owner}",
            f"unpaid; the oldest of it must leave {until(row.must_leave_by, at=at)}",
            url_of(payees[row.owner]) if row.owner in payees else "",
            row.must_leave_by,
        )
        for row in shown
    )
    return counted("Released money that must be paid", capped(rows, cap=worklist.CAP), items)
