"""The inbox: what gateways told us, what became of it, and doing it again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html

from config.admin.acts import Act, Asked, Effect
from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import history
from config.admin.keyset import choice_filter
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, part
from config.admin.show import badge, code, cut, id_link, until, when, words
from config.inbox import accounts
from config.inbox.models import WebhookEvent, WebhookRejection
from config.inbox.replay import OUTCOMES, dry_run, replay
from config.inbox.states import REPLAYABLE, InboxState
from config.kernel.verdict import Verdict
from config.queue.admin import pause_act

_UNREADABLE = {
    "needs_gateway": "Handling it asks the gateway, which a dry run does not do: what would follow cannot be shown.",
    "busy": "Somebody else is changing the same rows at this moment, so that the dry run was given up. Look again.",
}


def _effect(event: WebhookEvent, user: Any, at: datetime) -> Effect:
    """The dry run, in words."""
    del user
    difference = dry_run(event_pk=event.pk, at=at)
    if difference.outcome == "purged":
        return Effect(
            summary="The body of this event was purged after its retention time.",
            refusal=Verdict.no("body_purged", "there is nothing left to handle again"),
        )
    notes: tuple[str, ...] = ()
    if difference.outcome in ("processed", "ignored", "foreign") and difference.changes_nothing:
        notes = ("Nothing would change: everything that this event says is known already.",)
    said = f"{OUTCOMES[difference.outcome]}{f': {difference.note}' if difference.note else ''}"
    return Effect(
        summary=f"The event is handled again within seconds. In a dry run just now it {said}.",
        moves=difference.moves,
        lines=difference.lines,
        jobs=difference.jobs,
        notes=notes,
        cautions=(_UNREADABLE[difference.outcome],) if difference.outcome in _UNREADABLE else (),
    )


def _do(event: WebhookEvent, asked: Asked) -> bool:
    return replay(event_pk=event.pk, **asked.said)


REPLAY = Act(
    name="replay",
    title="Replay…",
    confirm="Replay it",
    code="inbox.replay",
    effect=_effect,
    do=_do,
    done="It is due again, and will be handled within seconds.",
    fits=lambda event: event.state in REPLAYABLE,
    seen=lambda event: f"{event.state} {event.replays}",
    tone=Tone.GOOD,
)


@part("inbox.view", "Event")
def about(event: WebhookEvent, at: datetime) -> Facts:
    """What is known of the delivery and of its handling."""
    lag = f"{(event.processed_at - event.received_at).total_seconds():,.1f} s" if event.processed_at else ""
    return Facts(
        "Event",
        (
            Fact("Event id", code(event.event_id)),
            Fact(
                "Account", event.account, hint=f"through {event.source}{' (found by asking)' if event.fetched else ''}"
            ),
            Fact("Object", id_link(event.object_id)),
            Fact("Happened", when(event.occurred_at), hint="the gateway's time"),
            Fact("Received", when(event.received_at)),
            Fact("Handled", when(event.processed_at), hint=f"{lag} after it came" if lag else ""),
            Fact("Result", event.note or "–"),
            Fact("Deliveries", event.deliveries),
            Fact("Other bodies under this id", event.mismatched_bodies, hint="the first stands"),
            Fact("Attempts", event.attempts, hint=f"next {until(event.due_at, at=at)}" if event.state == "due" else ""),
            Fact("Waits for", id_link(event.wake_key)),
            Fact("Last error", _error(event)),
            Fact("Replays", event.replays),
            Fact("API version", event.api_version or "–"),
            Fact("Mode", "live" if event.livemode else "test"),
        ),
    )


@part("audit.view", "What it caused")
def caused(event: WebhookEvent, at: datetime) -> Facts | None:
    """Where to look for what followed: the object's own pages."""
    del at
    ours = event.note.partition(":")[0]
    found = [Fact("Of ours", id_link(ours))] if "_" in ours and " " not in ours else []
    concerned = [Fact("Concerns", id_link(key)) for key in event.concerns]
    return Facts("What it was about", (*found, *concerned)) if found or concerned else None


def _error(event: WebhookEvent) -> Any:
    if not event.last_error_code:
        return "–"
    return format_html('{} <span class="hf-reason">{}</span>', code(event.last_error_code), event.last_error[:500])


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    """Bodies are encrypted and personal, so no page shows them."""

    nouns = "Inbox"
    noun = "event"
    list_display = ("title", "state_shown", "note_shown", "received", "lag")
    list_filter = (choice_filter("state", "state", InboxState.values),)
    prefixes = ("evt_", "pi_", "ch_", "py_", "cs_", "re_", "pyr_")
    searched = "event id, object id or type (charge.refunded)"
    intro = "Every verified event. What waits is handled within seconds; what is dead waits for a person."
    heavy = ("body", "body_sha256")
    parts = (about, caused, history)
    acts = (REPLAY, pause_act("inbox", lambda event: f"{event.source}:{event.type}", noun="events of this type"))

    def find(self, term: str) -> Q | None:
        if "." in term:
            return Q(type=term)
        # The unique index of event ids begins with the account.
        return Q(account__in=list(accounts.known()), event_id=term) | Q(object_id=term)

    def headline(self, row: WebhookEvent, *, at: datetime) -> Headline:
        badges = [badge(row.state)] + ([badge("test", tone=Tone.NEUTRAL)] if not row.livemode else [])
        return Headline(row.type, tuple(badges), next_step=_next_step(row, at))

    title = cell("type", lambda row: row.type)
    state_shown = cell("state", lambda row: badge(row.state))
    note_shown = cell(
        "result",
        lambda row: cut(row.last_error_code if row.state in ("dead", "due") and row.last_error_code else row.note),
    )
    received = cell("received", lambda row: when(row.received_at))
    lag = cell(
        "after",
        lambda row: f"{(row.processed_at - row.received_at).total_seconds():,.1f} s" if row.processed_at else "–",
    )


def _next_step(event: WebhookEvent, at: datetime) -> str:
    if event.state == InboxState.DEAD:
        return (
            "It was given up. Find out why from the error below, then replay it; the page before shows what that does."
        )
    if event.state == InboxState.PARKED:
        return f"It came before its object. The commit that stores {event.wake_key} wakes it."
    if event.state == InboxState.DUE:
        return "It is handled within seconds." if event.due_at <= at else _again(event, at)
    return ""


@part("inbox.view", "Rejection")
def rejected(row: WebhookRejection, at: datetime) -> Facts:
    """One minute of one kind of failure from one address."""
    del at
    return Facts(
        "Rejection",
        (
            Fact("Reason", code(row.reason)),
            Fact("Address", row.remote_addr),
            Fact("Client", row.user_agent or "–"),
            Fact("In the minute of", when(row.minute)),
            Fact("Deliveries", row.count),
            Fact("Last", when(row.last_at)),
            Fact("Size of the last body", f"{row.body_size:,} bytes"),
            Fact("SHA-256 of the last body", code(bytes(row.body_sha256).hex())),
        ),
    )


def _again(event: WebhookEvent, at: datetime) -> str:
    return f"It failed, and is tried again by itself {until(event.due_at, at=at)}."


@admin.register(WebhookRejection)
class WebhookRejectionAdmin(ReadOnlyAdmin):
    """Counted per minute, so that a flood is one row a minute."""

    nouns = "Rejections"
    noun = "rejection"
    list_display = ("reason_shown", "source", "remote_addr", "count", "body_size", "last", "user_agent")
    intro = "Deliveries that failed verification. A handful is the internet; many from a gateway mean a wrong secret."
    parts = (rejected,)

    def headline(self, row: WebhookRejection, *, at: datetime) -> Headline:
        del at
        return Headline(f"{row.source}: {words(row.reason)} ×{row.count}")

    reason_shown = cell("reason", lambda row: words(row.reason))
    last = cell("last", lambda row: when(row.last_at))
