"""What payees owe us, on the overview: the oldest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from config.admin import worklist
from config.admin.money import show_money, shown
from config.admin.panel import Tone, WorkItem, WorkList
from config.admin.show import list_url, url_of, words
from config.admin.worklist import counted, work_list
from config.ops.counting import capped
from config.proposals.models import WAITING
from payments.debts.models import DebtProposal
from payments.ledger.models import PayeeBalance
from payments.ledger.queries import with_names


def payees_who_owe(at: datetime) -> WorkList:
    """Who owes us, by the age of the debt. The next earnings pay it; an old one has none to wait for."""
    del at
    rows = PayeeBalance.objects.filter(receivable_minor__gt=0).order_by("owes_since", "pk")
    first: list[Any] = list(with_names(rows)[: worklist.SHOWN])
    number = capped(rows, cap=worklist.CAP)
    waiting = DebtProposal.objects.filter(WAITING, balance__in=first)
    proposed = set(waiting.values_list("balance", flat=True))
    items = []
    for row in first:
        owed = f"{shown(row.receivable_minor, row.currency)} owed by {row.said}"
        detail = "somebody proposed how it ends" if row.pk in proposed else ""
        items.append(WorkItem(owed, detail, url_of(row), row.owes_since))
    url = f"{list_url(PayeeBalance)}?owes=any"
    return counted("Payees who owe us", number, items, url=url, tone=Tone.WARNING)


def debts_to_confirm(at: datetime) -> WorkList:
    """What somebody proposed for a debt and another person has to look at."""
    del at
    rows = DebtProposal.objects.filter(WAITING).select_related("balance").order_by("-pk")
    return work_list(
        "Ends of debts to confirm",
        rows,
        lambda proposal: WorkItem(
            f"{show_money(proposal.amount)}: {words(proposal.kind)}",
            proposal.reason,
            url_of(proposal.balance),
            proposal.proposed_at,
        ),
        tone=Tone.WARNING,
    )
