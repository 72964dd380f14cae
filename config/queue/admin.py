"""The kill switches and the schedule: what is claimed, and when what runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django_celery_beat.models import PeriodicTask

from config.admin.acts import Act, Asked, Effect
from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import by_whom, history
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, part
from config.admin.show import badge, code, when
from config.kernel.verdict import Verdict
from config.queue.models import Pause
from config.queue.pausing import QUEUES, is_paused, pause, resume

_WAITS = "Nothing of it is lost: it waits, and is due at once when the pause is lifted. What runs already runs on."


def pause_act(queue: str, kind_of: Callable[[Any], str], *, noun: str) -> Act:
    """An act on a row of `queue` that pauses the whole kind of that row."""

    def effect(row: Any, user: Any, at: datetime) -> Effect:
        del user, at
        kind = kind_of(row)
        stands = is_paused(queue=queue, kind=kind)
        refusal = Verdict.no("paused", "it stands paused already") if stands else Verdict.yes()
        return Effect(summary=f"No {noun} ({kind}) are claimed any more. {_WAITS}", refusal=refusal)

    def do(row: Any, asked: Asked) -> bool:
        return pause(queue=queue, kind=kind_of(row), **asked.said)

    return Act(
        name="pause",
        title=f"Pause {noun}…",
        confirm="Pause them",
        code="queue.pause",
        effect=effect,
        do=do,
        done="Paused. It stands under Pauses until somebody lifts it.",
        seen=kind_of,
    )


class PauseForm(forms.Form):
    """Which kind of work."""

    queue = forms.ChoiceField(label="Queue", choices=[(name, name) for name in QUEUES])
    kind = forms.CharField(
        label="Kind",
        max_length=120,
        help_text="An event's type (stripe:charge.refunded), a listener's path, or an operation (refund.create).",
    )


PAUSE = Act(
    name="pause",
    title="Pause a kind of work…",
    confirm="Pause it",
    code="queue.pause",
    effect=lambda row, user, at: Effect(summary=f"Work of this kind is not claimed any more. {_WAITS}"),
    do=lambda row, asked: pause(queue=asked.given["queue"], kind=asked.given["kind"], **asked.said),
    done="Paused.",
    form=PauseForm,
    tone=Tone.BAD,
)
RESUME = Act(
    name="resume",
    title="Lift the pause…",
    confirm="Let it go on",
    code="queue.pause",
    effect=lambda row, user, at: Effect(summary=f"{row.kind} is claimed again. What waited is due at once."),
    do=lambda row, asked: resume(queue=row.queue, kind=row.kind, **asked.said) and "It goes on.",
    done="It goes on.",
    seen=lambda row: row.kind,
    tone=Tone.GOOD,
)


@part("outbox.view", "Pause")
def about(row: Pause, at: datetime) -> Facts:
    """What is paused, by whom and why."""
    del at
    return Facts(
        "Pause",
        (
            Fact("Queue", row.queue),
            Fact("Kind", code(row.kind)),
            Fact("Why", row.reason),
            Fact("By", by_whom(row.paused_by)),
            Fact("Since", when(row.paused_at)),
        ),
    )


@admin.register(Pause)
class PauseAdmin(ReadOnlyAdmin):
    """Kill switches that stand now."""

    list_display = ("kind", "queue", "reason", "paused_by", "since")
    intro = "Kinds of work that are not claimed at the moment. An empty list is how it should be."
    parts = (about, history)
    acts = (RESUME,)
    list_acts = (PAUSE,)

    def headline(self, row: Pause, *, at: datetime) -> Headline:
        del at
        return Headline(
            str(row), (badge("paused", tone=Tone.BAD),), next_step="It waits until somebody lifts the pause."
        )

    since = cell("since", lambda row: when(row.paused_at))


def _rhythm(row: PeriodicTask) -> str:
    """`every 5 seconds`: the schedule as its own row says it."""
    return str(row.interval or row.crontab or row.solar or row.clocked or "–")


@part("outbox.view", "Schedule")
def planned(row: PeriodicTask, at: datetime) -> Facts:
    """What beat sends and when it did last."""
    del at
    return Facts(
        "Schedule",
        (
            Fact("Task", code(row.task)),
            Fact("Runs", _rhythm(row)),
            Fact("Queue", row.queue or "–"),
            Fact("Last sent", when(row.last_run_at)),
            Fact("Sent in all", f"{row.total_run_count:,}"),
            Fact("Changed", when(row.date_changed), hint="from the settings, at every start of beat"),
        ),
    )


@admin.register(PeriodicTask)
class ScheduleAdmin(ReadOnlyAdmin):
    """What happens when. It is set in the code; here it is only read."""

    nouns = "Schedule"
    noun = "task"
    list_display = ("name", "enabled_shown", "rhythm", "queue_shown", "last")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    intro = "Sweeps that run by themselves. Each only looks for what is due, so a missed one costs seconds, never work."
    parts = (planned,)

    def headline(self, row: PeriodicTask, *, at: datetime) -> Headline:
        del at
        return Headline(row.name, (badge("active" if row.enabled else "off"),))

    enabled_shown = cell("state", lambda row: badge("active" if row.enabled else "off"))
    rhythm = cell("runs", lambda row: _rhythm(row))
    queue_shown = cell("queue", lambda row: row.queue or "–")
    last = cell("last sent", lambda row: when(row.last_run_at))
