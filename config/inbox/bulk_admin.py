"""Replaying many events at once: asked for above the list, allowed or refused by another person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.utils import timezone

from config.admin.acts import Act, Asked, Effect
from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import by_whom, history
from config.admin.keyset import choice_filter
from config.admin.panel import Figure, Tone
from config.admin.parts import Fact, Facts, Figures, part
from config.admin.show import badge, code, when
from config.inbox import bulk
from config.inbox.models import ReplayRequest
from config.inbox.replay import OUTCOMES, dry_run
from config.inbox.states import REPLAYABLE, ReplayStatus
from config.kernel.verdict import Verdict

# How many of the events are shown dry before a bulk replay is allowed.
SAMPLE = 5


class BulkForm(forms.Form):
    """Which events. Times are in the operator's zone."""

    source = forms.ChoiceField(
        label="Gateway", choices=lambda: [(name, name) for name in sorted(settings.WEBHOOK_SOURCES)]
    )
    type = forms.CharField(
        label="Type", required=False, max_length=120, help_text="For example charge.refunded; empty for every type."
    )
    since = forms.DateTimeField(
        label="Received from", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    until = forms.DateTimeField(
        label="Received before", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    states = forms.MultipleChoiceField(
        label="That are now",
        choices=[(state, state) for state in sorted(REPLAYABLE)],
        widget=forms.CheckboxSelectMultiple,
    )


def _last_day(row: Any) -> dict[str, Any]:
    del row
    now = timezone.localtime()
    return {"since": now - timedelta(days=1), "until": now, "states": ["dead"]}


def _ask_effect(row: Any, user: Any, at: datetime) -> Effect:
    del row, user, at
    return Effect(
        summary="A request is written down. Nothing is replayed before another person has seen what it would do and"
        " allowed it; then fifty events a second at most are handled again.",
        cautions=("Events whose bodies were purged cannot be replayed and are not counted.",),
    )


def _ask(row: Any, asked: Asked) -> str:
    del row
    given = asked.given
    selection = bulk.Selection(
        source=given["source"], type=given["type"], since=given["since"], until=given["until"], states=given["states"]
    )
    made = bulk.request(selection=selection, **asked.said)
    return f"Asked for as {made.public_id}: {made.matched:,} events. Another person must allow it."


ASK = Act(
    name="ask",
    title="Ask for a bulk replay…",
    confirm="Ask for it",
    code="inbox.replay",
    effect=_ask_effect,
    do=_ask,
    done="Asked for.",
    form=BulkForm,
    initial=_last_day,
)


def _approve_effect(row: ReplayRequest, user: Any, at: datetime) -> Effect:
    """The first few events, dry: one after the other, so that none sees what another would have done."""
    selection = bulk.selection_of(row)
    count = selection.count()
    refusal = Verdict.yes()
    if row.requested_by == user.actor:
        refusal = Verdict.no("four_eyes", "you asked for it, so somebody else must allow it")
    elif not count:
        refusal = Verdict.no("nothing_selected", "no event is selected any more")
    found = [(event, dry_run(event_pk=event.pk, at=at)) for event in selection.events()[:SAMPLE]]
    return Effect(
        summary=f"{count:,}{'+' if count >= bulk.COUNTED else ''} events become due again, {bulk.BATCH} at a time"
        f" with a pause of {bulk.PAUSE.seconds} seconds. Of these, the first {len(found)} were handled dry just now:",
        moves=tuple(move for _, difference in found for move in difference.moves),
        lines=tuple(line for _, difference in found for line in difference.lines),
        jobs=tuple(job for _, difference in found for job in difference.jobs),
        notes=tuple(f"{event.type} {event.event_id} {_said(difference)}" for event, difference in found),
        refusal=refusal,
    )


def _said(difference: Any) -> str:
    nothing = ", and nothing would change" if difference.changes_nothing and difference.outcome == "processed" else ""
    return f"{OUTCOMES[difference.outcome]}{nothing}"


APPROVE = Act(
    name="approve",
    title="Allow…",
    confirm="Allow it",
    code="inbox.replay",
    effect=_approve_effect,
    do=lambda row, asked: bulk.approve(request_pk=row.pk, **asked.said),
    done="Allowed. It runs in batches; this page shows how far it is.",
    fits=lambda row: row.status == ReplayStatus.REQUESTED,
    tone=Tone.GOOD,
)
REJECT = Act(
    name="reject",
    title="Reject…",
    confirm="Reject it",
    code="inbox.replay",
    effect=lambda row, user, at: Effect(summary="Nothing is replayed, and the request is closed."),
    do=lambda row, asked: bulk.reject(request_pk=row.pk, **asked.said),
    done="Rejected.",
    fits=lambda row: row.status == ReplayStatus.REQUESTED,
    tone=Tone.BAD,
)
STOP = Act(
    name="stop",
    title="Stop…",
    confirm="Stop it",
    code="inbox.replay",
    effect=lambda row, user, at: Effect(
        summary=f"No further event is replayed. The {row.replayed:,} that were stay so, and are handled."
    ),
    do=lambda row, asked: bulk.stop(request_pk=row.pk, **asked.said),
    done="Stopped.",
    fits=lambda row: row.status == ReplayStatus.APPROVED,
    tone=Tone.BAD,
)


@part("inbox.view", "Progress")
def progress(row: ReplayRequest, at: datetime) -> Figures:
    """How far it is."""
    del at
    return Figures(
        (
            Figure("Events found", f"{row.matched:,}{'+' if row.matched >= bulk.COUNTED else ''}"),
            Figure("Replayed", f"{row.replayed:,}", Tone.GOOD if row.replayed else Tone.NEUTRAL),
            Figure("Skipped", f"{row.skipped:,}"),
        )
    )


@part("inbox.view", "Request")
def asked_for(row: ReplayRequest, at: datetime) -> Facts:
    """What was asked for and who decided."""
    del at
    return Facts(
        "Request",
        (
            Fact("Gateway", row.source),
            Fact("Type", code(row.type) if row.type else "every type"),
            Fact("Received from", when(row.since)),
            Fact("Received before", when(row.until)),
            Fact("In state", ", ".join(row.event_states)),
            Fact("Why", row.reason),
            Fact("Asked for by", by_whom(row.requested_by)),
            Fact("Asked for", when(row.requested_at)),
            Fact("Decided by", by_whom(row.decided_by)),
            Fact("Decided", when(row.decided_at)),
            Fact("Ended", when(row.finished_at)),
        ),
    )


@admin.register(ReplayRequest)
class ReplayRequestAdmin(ReadOnlyAdmin):
    """Four eyes: who asked is never who allows."""

    nouns = "Bulk replays"
    noun = "bulk replay"
    list_display = ("title", "status_shown", "type_shown", "matched", "replayed", "asked")
    list_filter = (choice_filter("status", "status", ReplayStatus.values),)
    prefixes = ("rpl_",)
    intro = "Many events at once, after a fix. One person asks, another allows; the machine goes on in small batches."
    parts = (progress, asked_for, history)
    acts = (APPROVE, REJECT, STOP)
    list_acts = (ASK,)

    def headline(self, row: ReplayRequest, *, at: datetime) -> Headline:
        del at
        steps = {
            ReplayStatus.REQUESTED: "Somebody else than who asked must look at it, and allow or reject it.",
            ReplayStatus.APPROVED: "It runs. Reload to see how far it is.",
        }
        title = f"{row.source} {row.type or 'every type'}"
        return Headline(title, (badge(row.status),), next_step=steps.get(ReplayStatus(row.status), ""))

    title = cell("request", lambda row: row.public_id)
    status_shown = cell("status", lambda row: badge(row.status))
    type_shown = cell("events", lambda row: f"{row.source} {row.type or 'every type'}")
    asked = cell("asked for", lambda row: when(row.requested_at))
