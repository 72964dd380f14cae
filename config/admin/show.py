"""How single values look on every page: states, instants, amounts, ids and links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.admin.panel import Tone

NOTHING = SafeString('<span class="hf-nothing">–</span>')
_has_prefix = re.compile(r"[a-z]{2,8}_\w+").fullmatch
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))

# What a state says about how much it wants to be looked at; one that stands nowhere is neutral.
TONES: Mapping[str, Tone] = {
    **dict.fromkeys(
        ("paid", "delivered", "completed", "captured", "succeeded", "processed", "done", "released", "active", "won"),
        Tone.GOOD,
    ),
    **dict.fromkeys(
        (
            "pending_payment", "awaiting", "cancelling", "processing", "authorized", "pending", "sending", "approved",
            "requested", "held", "parked", "unknown", "sent", "partially_refunded", "running",
            "inquiry", "under_review",
        ),
        Tone.WARNING,
    ),
    **dict.fromkeys(
        (
            "failed", "dead", "review", "frozen", "reversed", "disputed", "charged_back", "bounced", "declined",
            "needs_response", "lost",
        ),
        Tone.BAD,
    ),
}  # fmt: skip


@lru_cache(maxsize=1)
def _nouns() -> Mapping[str, str]:
    """What rows are called, by the name under which the audit keeps them."""
    return {str(model._meta.model_name): str(model._meta.verbose_name) for model in apps.get_models()}


def noun(model_name: str) -> str:
    """`escrowhold` as a person says it."""
    return _nouns().get(model_name, model_name)


def words(code: str) -> str:
    """`pending_payment` as a person says it."""
    return code.replace("_", " ")


def badge(state: str, *, tone: Tone | None = None, of: str = "") -> SafeString:
    """A state as a coloured label, and of what where that is not clear (`payment paid`). The word says it all:
    colour only helps to find it."""
    if not state:
        return NOTHING
    chosen = tone or TONES.get(state, Tone.NEUTRAL)
    said = f"{of} {words(state)}".strip()
    return format_html('<span class="hf-badge hf-{}">{}</span>', chosen.value, said)


def when(instant: datetime | None) -> SafeString:
    """An instant in the operator's zone, and in UTC for those who point at it."""
    if instant is None:
        return NOTHING
    local = timezone.localtime(instant)
    return format_html(
        '<time class="hf-time" datetime="{}" title="{}">{}</time>',
        instant.isoformat(),
        f"{timezone.localtime(instant, timezone.get_default_timezone()):%Y-%m-%d %H:%M:%S} UTC",
        date_format(local, "DATETIME_FORMAT"),
    )


def distance(span: timedelta) -> str:
    """`timedelta(hours=50)` as `2 days`: the largest unit of which there are two, as exact as a glance needs."""
    seconds = abs(int(span.total_seconds()))
    for name, size in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds // size} {name}s"
    return "a second" if seconds else "no time"


def until(instant: datetime | None, *, at: datetime) -> str:
    """How far an instant is from `at`: `in 40 minutes`, `2 hours ago`."""
    if instant is None:
        return ""
    span = instant - at
    return f"in {distance(span)}" if span > timedelta() else f"{distance(span)} ago"


def url_of(row: Model, *, page: str = "change") -> str:
    """The page of a row, or nothing where it has none."""
    return _url(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[quote(row.pk)])


def list_url(model: type[Model], **filters: str) -> str:
    """The list of a model, narrowed by the values of columns."""
    query = "&".join(f"{name}__exact={value}" for name, value in filters.items())
    url = _url(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{url}?{query}" if url and query else url


def find_url(term: str) -> str:
    """Looks an id up, wherever its row is: for ids that stand in text columns, as the ledger's and the audit's do."""
    return f"{reverse('admin:find')}?q={term}" if term else ""


def link(url: str, text: Any) -> SafeString:
    """A link, or the text alone where there is nothing to open."""
    return format_html('<a class="hf-link" href="{}">{}</a>', url, text) if url else format_html("{}", text)


def row_link(row: Model | None, text: Any = "") -> SafeString:
    """A link to a row by its public id."""
    if row is None:
        return NOTHING
    shown = text or getattr(row, "public_id", "") or str(row)
    return link(url_of(row), shown)


def code(value: Any) -> SafeString:
    """An id or a code, in letters that can be told apart, that breaks where the screen ends."""
    return format_html('<span class="hf-code">{}</span>', value) if value else NOTHING


def cut(text: str) -> SafeString:
    """One line of a text in a list; the whole of it stands on the row's page."""
    return format_html('<span class="hf-cut">{}</span>', text) if text else NOTHING


def id_link(term: str) -> SafeString:
    """An id of anything, which leads to its row. What is no id (an account's code) is only shown."""
    return link(find_url(term) if _has_prefix(term) else "", code(term)) if term else NOTHING


def _url(name: str, args: list[Any] | None = None) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
