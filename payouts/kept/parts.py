"""What two people said about money that a payout left in the payee's account, on the payout's page."""

from __future__ import annotations

from datetime import datetime

from config.admin.history import by_whom
from config.admin.money import show_money
from config.admin.parts import Table, columns, part
from config.admin.show import badge, when
from payouts.payout.models import Payout


@part("payouts.view", "Said to be with the payee")
def kept(row: Payout, at: datetime) -> Table | None:
    """Each word of it, the newest first; nothing where nobody said any."""
    del at
    found = list(row.kept_money.order_by("-pk"))
    if not found:
        return None
    return Table(
        title="Said to be with the payee",
        columns=columns("State", "#Amount", "Found by", "Because", "Said by", "Decided by", "Said"),
        rows=tuple(
            (
                badge(each.status),
                show_money(each.amount),
                each.reference,
                each.reason,
                by_whom(each.proposed_by),
                by_whom(each.decided_by),
                when(each.proposed_at),
            )
            for each in found
        ),
    )
