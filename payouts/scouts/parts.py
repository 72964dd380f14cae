"""Tables of a scout: whom they brought, what that earned, and who has the same account as they."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef

from config.accounts.models import User
from config.admin.money import show_money
from config.admin.panel import Tone
from config.admin.parts import SHOWN, Fact, Facts, Table, columns, part
from config.admin.show import NOTHING, badge, row_link, when, words
from payouts.payees.models import Destination
from payouts.payees.parts import standing_table
from payouts.scouts.models import Bounty, Referral, Scout


@part("scouts.view", "How they stand")
def standing(row: Scout, at: datetime) -> Table:
    """What they earned and may withdraw."""
    return standing_table([row.payee], at=at)


@part("scouts.view", "Brought by them")
def recruits(row: Scout, at: datetime) -> Table:
    """Whom they brought; and whether money of theirs goes to an account of the scout's: a person who brings
    themselves."""
    del at
    theirs = Destination.objects.filter(payee__user=row.user, details__isnull=False).values("details_digest")
    same = Destination.objects.filter(payee__user=OuterRef("recruit"), details_digest__in=theirs)
    found = Referral.objects.filter(scout=row).select_related("recruit").annotate(is_same=Exists(same))
    return Table(
        title="Brought by them",
        columns=columns("Person", "By", "Since", "Suspicious"),
        rows=tuple(
            (
                row_link(each.recruit, each.recruit.called),
                words(each.source),
                when(each.at),
                badge("the same account", tone=Tone.BAD) if each.is_same else NOTHING,
            )
            for each in found.order_by("-pk")[:SHOWN]
        ),
        empty="Nobody yet.",
    )


@part("scouts.view", "Bounties")
def bounties(row: Scout, at: datetime) -> Table:
    """What it earned them, the newest first."""
    del at
    found = Bounty.objects.filter(scout=row).select_related("order").order_by("-pk")[:SHOWN]
    return Table(
        title="Bounties",
        columns=columns("Bounty", "State", "For", "Order", "#Amount", "Earned"),
        rows=tuple(
            (
                row_link(each),
                badge(each.status),
                words(each.event),
                row_link(each.order),
                show_money(each.amount),
                when(each.accrued_at),
            )
            for each in found
        ),
    )


@part("scouts.view", "Referral")
def brought_by(person: User, at: datetime) -> Facts | None:
    """Who brought a person, on their page; nothing where nobody did."""
    del at
    found = Referral.objects.select_related("scout").filter(recruit=person).first()
    if found is None:
        return None
    facts = (
        Fact("Scout", row_link(found.scout, found.scout.code)),
        Fact("By", words(found.source)),
        Fact("Since", when(found.at)),
    )
    return Facts("Brought by", facts)
