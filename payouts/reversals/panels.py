"""Which reversals need a person: those to decide, and money that nobody got back from payees' accounts."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef

from config.admin.money import show_money
from config.admin.panel import Tone, WorkItem, WorkList
from config.admin.show import list_url, url_of
from config.admin.worklist import work_list
from config.kernel.money import Money
from payouts.payout.queries import stranded
from payouts.reversals.models import Reversal
from payouts.reversals.states import OPEN, ReversalStatus


def reversals_to_decide(at: datetime) -> WorkList:
    """Proposed because a payee owes us what their bank has, the oldest first."""
    del at
    rows = Reversal.objects.filter(status=ReversalStatus.PROPOSED).select_related("payout__payee__user").order_by("pk")
    return work_list(
        "Transfers to take back",
        rows,
        lambda each: WorkItem(
            f"{show_money(each.amount)} of {each.payout.payee.user.called}",
            f"of payout {each.payout.public_id}, because they owe us",
            url_of(each),
            each.proposed_at,
        ),
        url=list_url(Reversal, status=ReversalStatus.PROPOSED),
        tone=Tone.WARNING,
    )


def money_in_payees_accounts(at: datetime) -> WorkList:
    """What we owe to payees and what stands in their accounts at a gateway at once, and nothing takes back."""
    del at
    going_on = Reversal.objects.filter(payout=OuterRef("pk"), status__in=OPEN)
    rows = stranded().filter(~Exists(going_on)).select_related("payee__user")
    return work_list(
        "Money in payees' accounts",
        rows,
        lambda each: WorkItem(
            f"{show_money(Money(each.in_account_minor, each.currency))} of {each.payee.user.called}",
            f"payout {each.public_id} is {each.status}, and the money is in their account",
            url_of(each) or url_of(each.payee),
            each.ended_at,
        ),
    )
