"""Gateways: breaker, figures, events; and an operator's word over the breaker."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin

from config.admin.acts import Act, Effect
from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import history
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, part
from config.admin.show import badge, row_link, when
from config.kernel.verdict import Verdict
from payments.health.models import GatewayHealth
from payments.health.panels import describe, only_tells, tone_of, why
from payments.health.services.force import force_breaker
from payments.health.states import Forced

_EFFECTS = {
    Forced.OPEN: "No payment is started through it and no saved method is charged, until you lift this. Payments that"
    " wait for their customer can still be paid; refunds, captures and questions go on.",
    Forced.CLOSED: "Payments are started through it and saved methods are charged even while its calls fail.",
    Forced.NOT: "The figures decide again, from the state that they are in now.",
}


def _force(to: Forced, *, title: str, confirm: str, done: str, tone: Tone) -> Act:
    def effect(row: GatewayHealth, user: Any, at: datetime) -> Effect:
        del user, at
        refusal = Verdict.no("forced_already", "it is so already") if row.forced == to else Verdict.yes()
        return Effect(summary=_EFFECTS[to], notes=(f"Now: {describe(row)}.",), refusal=refusal)

    return Act(
        name=f"force_{to or 'not'}",
        title=title,
        confirm=confirm,
        code="gateways.force",
        effect=effect,
        do=lambda row, asked: force_breaker(health_pk=row.pk, to=to, **asked.said),
        done=done,
        fits=lambda row: row.forced != to and not only_tells(row),
        seen=lambda row: row.position,
        tone=tone,
    )


SHUT = _force(Forced.OPEN, title="Shut…", confirm="Shut it", done="It is shut.", tone=Tone.BAD)
KEEP = _force(
    Forced.CLOSED,
    title="Keep open for payments…",
    confirm="Keep it open",
    done="It is kept open for payments.",
    tone=Tone.WARNING,
)
LEAVE = _force(
    Forced.NOT, title="Leave it to the figures…", confirm="Leave it to them", done="The figures decide.", tone=Tone.GOOD
)


_NO_BREAKER = Fact("Payments", "none", hint="it only tells what becomes of payouts, and is looked at for its silence")


@part("payments.view", "Breaker")
def breaker(row: GatewayHealth, at: datetime) -> Facts:
    """Where it stands, since when, and the figures behind it."""
    del at
    if only_tells(row):
        return Facts("Breaker", (Fact("Account", row_link(row.account, row.account.code)), _NO_BREAKER))
    return Facts(
        "Breaker",
        (
            Fact("Account", row_link(row.account, row.account.code)),
            Fact("Payments", describe(row)),
            Fact("By itself", row.get_status_display(), hint="what the figures say"),
            Fact("Since", when(row.since)),
            Fact("Held by an operator", row.get_forced_display() if row.forced else "no"),
            Fact("Calls of the last minutes", f"{row.calls_answered} answered, {row.calls_failed} failed"),
            Fact("Payments of the last hour", f"{row.succeeded} succeeded, {row.failed} failed"),
            Fact("Measured", when(row.measured_at)),
        ),
    )


@part("payments.view", "Events")
def events(row: GatewayHealth, at: datetime) -> Facts:
    """When it last told us something, and what we had to fetch."""
    del at
    gap = "not known yet" if row.usual_gap_s is None else f"every {row.usual_gap_s:.0f} s"
    longest = "not known yet" if row.longest_gap_s is None else f"{row.longest_gap_s / 3_600:.1f} h"
    return Facts(
        "Events",
        (
            Fact("Last told us something", when(row.last_event_at)),
            Fact("Usually", gap),
            Fact("Longest pause", longest, hint="counts half as much a month later"),
            Fact("Fetched since", str(row.missed), hint="events that should have come by themselves"),
            Fact("Silent since", when(row.silent_since)),
            Fact("Looked for missed events", when(row.watched_at)),
            Fact("Up to", when(row.watched_until), hint="the gateway's time"),
        ),
    )


@admin.register(GatewayHealth)
class GatewayHealthAdmin(ReadOnlyAdmin):
    """One row per account. Shutting one, or keeping it open, is an operator's word that stands until it is lifted."""

    nouns = "Gateway health"
    noun = "gateway"
    list_display = ("title", "standing", "heard", "measured")
    list_select_related = ("account",)
    parts = (breaker, events, history)
    acts = (SHUT, KEEP, LEAVE)
    intro = (
        "Whether each gateway lets payments through, how well they go, and when it last told us something; and who only"
        " tells what becomes of payouts."
    )

    def headline(self, row: GatewayHealth, *, at: datetime) -> Headline:
        del at
        return Headline(row.account.code, (badge(describe(row), tone=tone_of(row)),), next_step=why(row))

    title = cell("gateway", lambda row: row.account.code)
    standing = cell("payments", lambda row: badge(describe(row), tone=tone_of(row)))
    heard = cell("last told us something", lambda row: when(row.last_event_at))
    measured = cell("measured", lambda row: when(row.measured_at))
