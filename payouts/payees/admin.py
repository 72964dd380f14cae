"""Payees and their destinations on the operator site: how they stand, and why they are not paid in one line."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.db.models import Q

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import actor_link, history, people_of, subject_of
from config.admin.keyset import choice_filter
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, Table, columns, part
from config.admin.show import badge, code, row_link, until, when, words
from payments.related import calls_table
from payouts.payees.acts import APPROVE, HOLD, LET_GO, MEND, PROPOSE, REJECT, REVEAL, SCHEDULE
from payouts.payees.models import Destination, Payee, PayeeKind
from payouts.payees.parts import balances, destinations, payouts
from payouts.payees.queries import legal_name, same_elsewhere
from payouts.payees.services.mend import is_to_mend
from payouts.payees.states import DestinationStatus


@part("payees.view", "Payee")
def about(row: Payee, at: datetime) -> Facts:
    """Who is paid."""
    del at
    return Facts(
        "Payee",
        (
            Fact("Id", code(row.public_id)),
            Fact("Person", row_link(row.user, row.user.called)),
            Fact("Paid as", row.kind),
            Fact("Name in law", legal_name(row) or "not said", hint="kept encrypted"),
            Fact("Form", row.legal_form),
            Fact("Country", row.country or "–"),
            Fact("In the ledger", code(row.owner)),
            Fact("Since", when(row.created_at)),
        ),
    )


@admin.register(Payee)
class PayeeAdmin(ReadOnlyAdmin):
    """Sellers and scouts whom we owe money."""

    nouns = "Payees"
    noun = "payee"
    list_display = ("title", "person", "kind_shown", "state", "since")
    list_filter = (choice_filter("kind", "kind", PayeeKind.values),)
    list_select_related = ("user",)
    prefixes = ("pye_",)
    searched = "id of a payee (pye_…) or of a person (usr_…)"
    heavy = ("legal_name",)
    parts = (balances, about, destinations, payouts, history)
    acts = (HOLD, LET_GO, SCHEDULE, PROPOSE)

    def find(self, term: str) -> Q | None:
        if term.startswith("usr_"):
            return Q(user__public_id=term)
        return Q(public_id=term) if term.startswith("pye_") else None

    def headline(self, row: Payee, *, at: datetime) -> Headline:
        del at
        held = (badge("held", tone=Tone.BAD),) if row.held_at else ()
        step = f"Their payouts are kept back: {row.held_reason}" if row.held_at else ""
        return Headline(row.user.called or row.public_id, (badge(row.kind), *held), next_step=step)

    title = cell("payee", lambda row: code(row.public_id))
    person = cell("person", lambda row: row.user.called)
    kind_shown = cell("paid as", lambda row: row.kind)
    state = cell("state", lambda row: badge("held", tone=Tone.BAD) if row.held_at else badge("active"))
    since = cell("since", lambda row: when(row.created_at))


@part("payees.view", "Destination")
def place(row: Destination, at: datetime) -> Facts:
    """Where the money goes, masked; who wanted it so and who agreed."""
    people = people_of((row.proposed_by, row.approved_by))
    cools = f" ({until(row.cools_until, at=at)})" if row.cools_until and row.cools_until > at else ""
    return Facts(
        "Destination",
        (
            Fact("Id", code(row.public_id)),
            Fact("Payee", row_link(row.payee, row.payee.user.called), hint=row.payee.kind),
            Fact("Goes to", row.masked),
            Fact("Kind", words(row.kind)),
            Fact("Currency", row.currency),
            Fact("Rail", words(row.rail)),
            Fact("Why not active", row.why or "–", hint="the payee reads it"),
            Fact("Needed a second person because", row.why_approval or "it did not"),
            Fact("Proposed by", actor_link(row.proposed_by, people)),
            Fact("Approved by", actor_link(row.approved_by, people) if row.approved_by else "–"),
            Fact("Nothing is paid before", f"{row.cools_until:%Y-%m-%d %H:%M} UTC{cools}" if row.cools_until else "–"),
            Fact("The rail's payee", code(row.recipient_id)),
            Fact("The rail's destination", code(row.account_id)),
            Fact("Proposed", when(row.created_at)),
            Fact("First active", when(row.verified_at)),
            Fact("Last found good", when(row.mended_at)),
        ),
    )


@part("payees.view", "The same with others")
def others(row: Destination, at: datetime) -> Table | None:
    """Other people's destinations that are the same account: a family, or a thief."""
    del at
    found = list(same_elsewhere(row).select_related("payee__user").order_by("-pk")[:20])
    if not found:
        return None
    return Table(
        title="The same with others",
        columns=columns("Destination", "State", "Payee", "Proposed"),
        rows=tuple((row_link(each), badge(each.status), row_link(each.payee), when(each.created_at)) for each in found),
    )


@part("calls.view", "Calls to the rail")
def calls(row: Destination, at: datetime) -> Table:
    """What the rail was told."""
    del at
    return calls_table([subject_of(row)])


_STEPS = {
    DestinationStatus.PROPOSED: "Somebody with finance's role, who neither proposed it nor is paid by it, decides.",
    DestinationStatus.VERIFYING: "The rail looks at it; its answer comes by itself.",
    DestinationStatus.SUSPENDED: "The rail wants something of the payee, who was written to.",
}
_SHUT = (
    "It refused the last payout: nothing goes there until the payee put it right or gave another one, or somebody found"
    " that it takes money again."
)


@admin.register(Destination)
class DestinationAdmin(ReadOnlyAdmin):
    """Bank accounts, UPI addresses and connected accounts, masked."""

    nouns = "Destinations"
    noun = "destination"
    list_display = ("title", "status_shown", "payee_shown", "masked", "currency", "rail_shown", "why_shown", "proposed")
    list_filter = (choice_filter("status", "status", DestinationStatus.values),)
    list_select_related = ("payee__user",)
    prefixes = ("dst_", "fa_", "acct_")
    searched = "id of a destination (dst_…), of a payee (pye_…), or the rail's (fa_… acct_…)"
    heavy = ("details_digest",)
    parts = (place, others, calls, history)
    acts = (APPROVE, REJECT, MEND, REVEAL)

    def find(self, term: str) -> Q | None:
        if term.startswith("pye_"):
            return Q(payee__public_id=term)
        if term.startswith("dst_"):
            return Q(public_id=term)
        rails = list(Destination.objects.order_by("rail").values_list("rail", flat=True).distinct()[:20])
        return Q(rail__in=rails, account_id=term) & ~Q(account_id="")

    def headline(self, row: Destination, *, at: datetime) -> Headline:
        del at
        step = _SHUT if is_to_mend(row) else _STEPS.get(DestinationStatus(row.status), "")
        whose = row.payee.user.called
        return Headline(
            f"{row.masked} of {whose}", (badge(row.status), badge(row.currency, tone=Tone.NEUTRAL)), next_step=step
        )

    title = cell("destination", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status))
    payee_shown = cell("payee", lambda row: f"{row.payee.user.called} ({row.payee.kind})")
    rail_shown = cell("rail", lambda row: words(row.rail))
    why_shown = cell(
        "because", lambda row: row.why_approval if row.status == DestinationStatus.PROPOSED else row.why or "–"
    )
    proposed = cell("proposed", lambda row: when(row.created_at))
