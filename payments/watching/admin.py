"""The operator site's pages of what waits at gateways and is asked about."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.db.models import Q

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.keyset import choice_filter
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, part
from config.admin.show import badge, code, id_link, until, when, words
from config.queue.admin import pause_act
from payments.watching.models import Watch

_TONES = {"due": Tone.NEUTRAL, "done": Tone.GOOD, "dead": Tone.BAD}
_STEPS = {
    "done": "It is decided: nobody asks about it any more.",
    "dead": "Its gateway never decided it. Ask the gateway's support, then fetch missed events: it is asked about"
    " once more.",
}


@part("calls.view", "Watch")
def about(watch: Watch, at: datetime) -> Facts:
    """What waits where, and how often it was asked about."""
    del at
    return Facts(
        "Watch",
        (
            Fact("About", id_link(watch.ref), hint=words(watch.kind)),
            Fact("Asked at", watch.account),
            Fact("Since", when(watch.created_at)),
            Fact("Asked", f"{watch.attempts}×"),
            Fact("Last refusal", code(watch.last_error_code)),
        ),
    )


@admin.register(Watch)
class WatchAdmin(ReadOnlyAdmin):
    """The machine asks by itself; a person only pauses it."""

    nouns = "Watches"
    noun = "watch"
    list_display = ("title", "state_shown", "account", "asked", "next_question")
    list_filter = (choice_filter("state", "state", ["due", "dead"]),)
    searched = "id of what waits"
    intro = "What waits at gateways that tell us nothing for certain: asked about until it is decided."
    parts = (about,)
    acts = (pause_act("watches", lambda watch: f"{watch.account}:{watch.kind}", noun="questions of this kind"),)

    def finds(self, term: str) -> bool:
        del term
        return False  # an id is its object's, whose page leads on

    def find(self, term: str) -> Q | None:
        return Q(ref=term)

    def headline(self, row: Watch, *, at: datetime) -> Headline:
        step = _STEPS.get(row.state, f"Asked about {until(row.due_at, at=at)}.")
        return Headline(str(row), (badge(row.state, tone=_TONES[row.state]),), next_step=step)

    title = cell("about", lambda row: code(row.ref))
    state_shown = cell("state", lambda row: badge(row.state, tone=_TONES[row.state]))
    asked = cell("asked", lambda row: f"{row.attempts}×")
    next_question = cell("next question", lambda row: when(row.due_at) if row.state == "due" else "–")
