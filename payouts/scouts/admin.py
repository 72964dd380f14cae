"""Scouts, bounties and their rates on the operator site."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import actor_link, history, people_of
from config.admin.keyset import choice_filter
from config.admin.money import show_money, shown
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, part
from config.admin.show import badge, code, row_link, when, words
from config.kernel import clock
from payments.related import booked
from payouts.scouts.acts import BEGIN, END, SET_RATE
from payouts.scouts.models import Bounty, BountyRate, Scout
from payouts.scouts.parts import bounties, recruits, standing
from payouts.scouts.queries import rates_at
from payouts.scouts.rules import Rate
from payouts.scouts.states import BountyStatus


@part("scouts.view", "Scout")
def about(row: Scout, at: datetime) -> Facts:
    """Who scouts."""
    del at
    return Facts(
        "Scout",
        (
            Fact("Id", code(row.public_id)),
            Fact("Person", row_link(row.user, row.user.called)),
            Fact("Code", code(row.code)),
            Fact("Name on the leaderboard", row.display_name or "–"),
            Fact("Paid as", row_link(row.payee)),
            Fact("Since", when(row.created_at)),
        ),
    )


@admin.register(Scout)
class ScoutAdmin(ReadOnlyAdmin):
    """Those who bring people by a code of their own."""

    nouns = "Scouts"
    noun = "scout"
    list_display = ("title", "person", "state", "since")
    list_select_related = ("user", "payee__user")
    prefixes = ("sct_",)
    searched = "code of a scout, or id (sct_…, usr_…)"
    intro = "Who has the scout's role gets a code of their own over the API."
    parts = (standing, about, recruits, bounties, history)
    acts = (END, BEGIN)

    def find(self, term: str) -> Q | None:
        if term.startswith("usr_"):
            return Q(user__public_id=term)
        return Q(public_id=term) if term.startswith("sct_") else Q(code=term.upper())

    def headline(self, row: Scout, *, at: datetime) -> Headline:
        del at
        state = badge("active") if row.is_active else badge("ended", tone=Tone.BAD)
        return Headline(row.user.called or row.code, (state,))

    title = cell("code", lambda row: code(row.code))
    person = cell("person", lambda row: row.user.called)
    state = cell("state", lambda row: badge("active") if row.is_active else badge("ended", tone=Tone.BAD))
    since = cell("since", lambda row: when(row.created_at))


@part("scouts.view", "Bounty")
def earned(row: Bounty, at: datetime) -> Facts:
    """What it is for, and what became of it."""
    del at
    return Facts(
        "Bounty",
        (
            Fact("Id", code(row.public_id)),
            Fact("Scout", row_link(row.scout, row.scout.code)),
            Fact("For", words(row.event)),
            Fact("Brought by them", row_link(row.recruit, row.recruit.called)),
            Fact("Order", row_link(row.order)),
            Fact("Listing", row_link(row.listing, row.listing.sku) if row.listing else "–"),
            Fact("Earned", when(row.accrued_at)),
            Fact("Theirs since", when(row.matured_at)),
            Fact("Taken back", when(row.reversed_at)),
        ),
    )


@admin.register(Bounty)
class BountyAdmin(ReadOnlyAdmin):
    """What orders earned scouts."""

    nouns = "Bounties"
    noun = "bounty"
    list_display = ("title", "status_shown", "amount_shown", "event_shown", "scout_shown", "earned_at")
    list_filter = (choice_filter("status", "status", BountyStatus.values),)
    list_select_related = ("scout", "recruit", "order", "listing")
    prefixes = ("bty_",)
    searched = "id of a bounty (bty_…), a scout (sct_…) or an order (ord_…)"
    parts = (earned, booked, history)

    def find(self, term: str) -> Q | None:
        if term.startswith("sct_"):
            return Q(scout__public_id=term)
        return Q(order__public_id=term) if term.startswith("ord_") else Q(public_id=term)

    def headline(self, row: Bounty, *, at: datetime) -> Headline:
        del at
        return Headline(f"{show_money(row.amount)} for {row.scout.code}", (badge(row.status),))

    title = cell("bounty", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status))
    amount_shown = cell("amount", lambda row: show_money(row.amount))
    event_shown = cell("for", lambda row: words(row.event))
    scout_shown = cell("scout", lambda row: row.scout.code)
    earned_at = cell("earned", lambda row: when(row.accrued_at))


@part("scouts.view", "Rate")
def rate(row: BountyRate, at: datetime) -> Facts:
    """What a bounty is worth, from when on, by whom and why."""
    del at
    return Facts(
        "Rate",
        (
            Fact("A bounty is worth", shown(row.amount_minor, row.currency)),
            Fact("Of a sale of at least", _least(row)),
            Fact("From", when(row.from_at)),
            Fact("Set by", actor_link(row.set_by, people_of([row.set_by]))),
            Fact("Because", row.reason),
        ),
    )


def _least(row: BountyRate) -> str:
    return shown(row.least_sale_minor, row.currency) if row.least_sale_minor else "any"


def _in_words(currency: str, rate: Rate) -> str:
    by = f"since {rate.from_at:%d %b %Y}" if rate.from_at else "by the settings"
    if not rate.amount_minor:
        return f"none in {currency} ({by})"
    least = f" of {shown(rate.least_sale_minor, currency)} or more" if rate.least_sale_minor else ""
    return f"{shown(rate.amount_minor, currency)} for each first order and sold listing{least} ({by})"


@admin.register(BountyRate)
class BountyRateAdmin(ReadOnlyAdmin):
    """What bounties are worth, from when on."""

    nouns = "Bounty rates"
    noun = "rate"
    list_display = ("worth", "least", "state", "begins", "because")
    parts = (rate, history)
    list_acts = (SET_RATE,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BountyRate]:
        at = clock.now()
        younger = BountyRate.objects.filter(
            currency=OuterRef("currency"), from_at__gt=OuterRef("from_at"), from_at__lte=at
        )
        rows: QuerySet[BountyRate] = super().get_queryset(request)
        return rows.annotate(has_begun=Q(from_at__lte=at), is_over=Exists(younger))

    def introduction(self, *, at: datetime) -> str:
        found = rates_at(at)
        said = "; ".join(_in_words(currency, rate) for currency, rate in found.items()) or "nothing"
        return f"A bounty is worth now: {said}. In every other currency none. What is earned keeps its amount."

    def headline(self, row: BountyRate, *, at: datetime) -> Headline:
        del at
        return Headline(f"{shown(row.amount_minor, row.currency)} for a bounty", (self.state(row),))

    worth = cell("a bounty is worth", lambda row: shown(row.amount_minor, row.currency))
    least = cell("of a sale of at least", lambda row: _least(row))

    @admin.display(description="state")
    def state(self, row: Any) -> Any:
        if not row.has_begun:
            return badge("to come", tone=Tone.NEUTRAL)
        return badge("over", tone=Tone.NEUTRAL) if row.is_over else badge("holds", tone=Tone.GOOD)

    begins = cell("from", lambda row: when(row.from_at))
    because = cell("because", lambda row: row.reason)
