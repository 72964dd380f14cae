"""The journal of calls to the outside: what was asked, what became of it, and what nobody knows yet."""

from __future__ import annotations

import json
from datetime import datetime

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html

from config.admin.acts import Act, Effect
from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import by_whom, history
from config.admin.keyset import choice_filter
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, part
from config.admin.show import badge, code, id_link, until, when, words
from config.calls.asking import ask_now
from config.calls.models import GatewayCall
from config.calls.services import is_asked_about
from config.calls.states import CallStatus
from config.ops.redaction import redact
from config.queue.admin import pause_act

# What a call is about, by the prefix of its id: the index of subjects begins with the kind.
_SUBJECTS = {"ord": "order", "pay": "payment", "rf": "refund", "tt": "tickettransfer"}
ASK = Act(
    name="ask",
    title="Ask the gateway now…",
    confirm="Ask now",
    code="calls.settle",
    effect=lambda call, user, at: Effect(
        summary="The gateway is asked within seconds, and again up the ladder until it answers.",
        calls=(f"{words(call.service)}: what became of {call.operation} {call.public_id}",),
        cautions=("Asking charges and pays nothing. The debt behind it stays blocked until the outcome is known.",),
    ),
    do=lambda call, asked: ask_now(call_pk=call.pk, **asked.said),
    done="It is asked about within seconds.",
    fits=is_asked_about,
    tone=Tone.GOOD,
)


@part("calls.view", "Call")
def about(call: GatewayCall, at: datetime) -> Facts:
    """The intent, and what is known of its outcome."""
    asked = json.dumps(redact(call.request_facts), indent=1)
    return Facts(
        "Call",
        (
            Fact("Operation", code(call.operation)),
            Fact("About", id_link(call.subject_id), hint=words(call.subject_type)),
            Fact("At", call.account, hint=call.service),
            Fact("Key", code(call.public_id), hint="sent again under the same key, it is done once"),
            Fact("By", by_whom(call.actor)),
            Fact("Sent", when(call.sent_at), hint=f"sent again {call.resends}×" if call.resends else ""),
            Fact("Answered", when(call.answered_at), hint="its answer was lost" if call.answer_lost else ""),
            Fact("Gateway's object", id_link(call.external_id)),
            Fact("Gateway's request", code(call.request_id), hint="what to name when you write to the gateway"),
            Fact("HTTP status", call.http_status or "–"),
            Fact("Error", code(call.error_code)),
            Fact("Asked about", call.attempts, hint=f"next {until(call.due_at, at=at)}" if call.state == "due" else ""),
            Fact("Gateway knew nothing", f"{call.absences}×"),
            Fact("Given up asking", when(call.case_opened_at)),
            Fact("What was asked", format_html('<pre class="hf-pre">{}</pre>', asked)),
        ),
    )


@admin.register(GatewayCall)
class GatewayCallAdmin(ReadOnlyAdmin):
    """Every mutating call of any app, written before it was made. Answers are encrypted and shown nowhere."""

    nouns = "Gateway calls"
    noun = "call"
    list_display = ("title", "status_shown", "subject", "account", "error", "sent", "answered")
    # Of the turns only those that wait, which an index keeps few: the overview's figure leads to them.
    list_filter = (choice_filter("status", "status", CallStatus.values), choice_filter("question", "state", ["due"]))
    prefixes = ("call_",)
    searched = "id of a call, or of an order, payment or refund"
    intro = (
        "One row before every call that changes something outside. While an outcome is unknown, its debt is blocked."
    )
    heavy = ("answer",)
    parts = (about, history)
    acts = (ASK, pause_act("calls", lambda call: call.operation, noun="questions about this operation"))

    def find(self, term: str) -> Q | None:
        kind = _SUBJECTS.get(term.partition("_")[0])
        return Q(subject_type=kind, subject_id=term) if kind else Q(public_id=term)

    def headline(self, row: GatewayCall, *, at: datetime) -> Headline:
        badges = [badge(row.status)]
        step = ""
        if row.case_opened_at:
            badges.append(badge("case", tone=Tone.BAD))
            step = (
                "Nobody could find its outcome. Look it up at the gateway by its key, then have it asked about again."
            )
        elif is_asked_about(row):
            step = f"The machine asks the gateway about it {until(row.due_at, at=at)}."
        return Headline(f"{row.operation} for {row.subject_id}", tuple(badges), next_step=step)

    title = cell("operation", lambda row: row.operation)
    status_shown = cell("status", lambda row: badge(row.status))
    subject = cell("about", lambda row: code(row.subject_id))
    error = cell("error", lambda row: row.error_code or "–")
    sent = cell("sent", lambda row: when(row.sent_at))
    answered = cell("answered", lambda row: when(row.answered_at))
