"""Which reversals need a person: those to decide, and money that nobody got back from payees' accounts."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef

from config.admin.money import show_money
from config.admin.panel import Tone, WorkItem, WorkList, count_text
from config.admin.show import list_url, url_of
from config.kernel.money import Money
from config.ops.counting import capped
from payouts.payout.queries import stranded
from payouts.reversals.models import Reversal
from payouts.reversals.states import OPEN, ReversalStatus

SHOWN, CAP = 10, 1_000


def reversals_to_decide(at: datetime) -> WorkList:
    """Proposed because a payee owes us what their bank has, the oldest first."""
    del at
    rows = Reversal.objects.filter(status=ReversalStatus.PROPOSED).select_related("payout__payee").order_by("pk")
    items = tuple(
        WorkItem(
            f"{show_money(each.amount)} of {each.payout.payee.public_id}",
            f"of payout {each.payout.public_id}, because they owe us",
            url_of(each),
            each.proposed_at,
        )
        for each in rows[:SHOWN]
    )
    number = capped(rows, cap=CAP)
    tone = Tone.WARNING if number else Tone.GOOD
    url = list_url(Reversal, status=ReversalStatus.PROPOSED)
    return WorkList("Transfers to take back", count_text(number, cap=CAP), items, tone, url)


def money_in_payees_accounts(at: datetime) -> WorkList:
    """What we owe to payees and what stands in their accounts at a gateway at once, and nothing takes back."""
    del at
    going_on = Reversal.objects.filter(payout=OuterRef("pk"), status__in=OPEN)
    rows = stranded().filter(~Exists(going_on)).select_related("payee")
    items = tuple(
        WorkItem(
            f"{show_money(Money(each.in_account_minor, each.currency))} of {each.payee.public_id}",
            f"payout {each.public_id} is {each.status}, and the money is in their account",
            url_of(each) or url_of(each.payee),
            each.ended_at,
        )
        for each in rows[:SHOWN]
    )
    number = capped(rows, cap=CAP)
    tone = Tone.BAD if number else Tone.GOOD
    return WorkList("Money in payees' accounts", count_text(number, cap=CAP), items, tone, "")
