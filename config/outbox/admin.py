"""The outbox: what we still owe to do, and what was given up."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html

from config.admin.acts import Act, Effect
from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import history
from config.admin.keyset import choice_filter
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, part
from config.admin.show import badge, code, id_link, until, when
from config.kernel.ids import PATTERN as PUBLIC_ID
from config.ops.redaction import redact
from config.outbox.models import OutboxJob
from config.outbox.services import revive, skip
from config.outbox.states import OutboxState
from config.queue.admin import pause_act

REVIVE = Act(
    name="revive",
    title="Run again…",
    confirm="Run it again",
    code="outbox.revive",
    effect=lambda row, user, at: Effect(
        summary="The job is due at once, and runs from the first step of its ladder: up to six more times.",
        jobs=(str(row),),
        cautions=("If its cause still stands, it will die again. What it did before, it does not do twice.",),
    ),
    do=lambda row, asked: revive(row, **asked.said),
    done="It is due again.",
    fits=lambda row: row.state == OutboxState.DEAD,
    tone=Tone.GOOD,
)
SKIP = Act(
    name="skip",
    title="Skip…",
    confirm="Skip it for good",
    code="outbox.skip",
    effect=lambda row, user, at: Effect(
        summary="This will never be done by the machine. Say who did it instead, or why nobody has to.",
        cautions=(f"Not done: {row}.",),
    ),
    do=lambda row, asked: skip(row, **asked.said),
    done="Skipped.",
    fits=lambda row: row.state == OutboxState.DEAD,
    tone=Tone.BAD,
)


@part("outbox.view", "Job")
def about(job: OutboxJob, at: datetime) -> Facts:
    """What is to be done, for what, and how often it was tried."""
    payload = json.dumps(redact(job.payload), indent=1)
    ids = [value for value in job.payload.values() if isinstance(value, str) and PUBLIC_ID.fullmatch(value)]
    return Facts(
        "Job",
        (
            Fact("Listener", code(job.listener)),
            Fact("Because of", code(job.topic)),
            Fact("Fact", code(job.fact_key), hint="told again, it is not done again"),
            *(Fact("About", id_link(key)) for key in ids),
            Fact("Lane", job.lane),
            Fact("In order of", code(job.ordering_key)),
            Fact("Written", when(job.created_at)),
            Fact("Due", when(job.due_at), hint=until(job.due_at, at=at) if job.state == "due" else ""),
            Fact("Attempts", job.attempts),
            Fact("Revived", job.replays),
            Fact("Last error", _error(job)),
            Fact("Payload", format_html('<pre class="hf-pre">{}</pre>', payload)),
        ),
    )


def _error(job: OutboxJob) -> Any:
    if not job.last_error_code:
        return "–"
    return format_html('{} <span class="hf-reason">{}</span>', code(job.last_error_code), job.last_error[:500])


@admin.register(OutboxJob)
class OutboxJobAdmin(ReadOnlyAdmin):
    """One row per listener of a topic."""

    nouns = "Outbox"
    noun = "job"
    list_display = ("title", "state_shown", "listener_shown", "error", "attempts", "created", "due")
    list_filter = (choice_filter("state", "state", OutboxState.values),)
    searched = "id of what it is about (ord_… rf_…), or the job's number"
    intro = "What must happen because something happened. Each job runs alone, and is retried five times."
    heavy = ("payload",)
    parts = (about, history)
    acts = (REVIVE, SKIP, pause_act("outbox", lambda job: job.listener, noun="jobs of this listener"))

    def find(self, term: str) -> Q | None:
        if term.isascii() and term.isdecimal() and len(term) < 19:
            return Q(pk=int(term))
        if not PUBLIC_ID.fullmatch(term):
            return None
        # The index begins with the listener: each that could have heard of this is asked for by name.
        heard = [(listener, topic) for topic, names in settings.LISTENERS.items() for listener in names]
        where = Q(pk__in=())
        for listener, topic in heard:
            where |= Q(listener=listener, fact_key=f"{topic}:{term}")
        return where

    def headline(self, row: OutboxJob, *, at: datetime) -> Headline:
        steps = {
            OutboxState.DEAD: "It was given up after six attempts. Find out why, then run it again, or do it by hand"
            " and skip it.",
            OutboxState.DUE: f"It runs by itself {until(row.due_at, at=at)}."
            if row.due_at > at
            else "It runs within seconds.",
        }
        return Headline(row.topic, (badge(row.state),), next_step=steps.get(OutboxState(row.state), ""))

    title = cell("topic", lambda row: row.topic)
    state_shown = cell("state", lambda row: badge(row.state))
    listener_shown = cell("listener", lambda row: row.listener.rpartition(".")[2].replace("_", " "))
    error = cell("last error", lambda row: row.last_error_code or "–")
    created = cell("written", lambda row: when(row.created_at))
    due = cell("due", lambda row: when(row.due_at) if row.state == OutboxState.DUE else "–")
