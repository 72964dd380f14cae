"""What needs a second person: money that somebody says a payee has."""

from __future__ import annotations

from datetime import datetime

from config.admin.money import show_money
from config.admin.panel import Tone, WorkItem, WorkList
from config.admin.show import url_of
from config.admin.worklist import work_list
from config.proposals.models import WAITING
from payouts.kept.models import KeptMoney


def kept_to_confirm(at: datetime) -> WorkList:
    """What one person says, the oldest first."""
    del at
    rows = KeptMoney.objects.filter(WAITING).select_related("payout__payee__user")
    return work_list(
        "Money that payees kept, to confirm",
        rows.order_by("pk"),
        lambda each: WorkItem(
            f"{show_money(each.amount)} of {each.payout.payee.user.called}",
            each.reason,
            url_of(each.payout),
            each.proposed_at,
        ),
        tone=Tone.WARNING,
    )
