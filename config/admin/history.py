"""Who moved what, when and why: the audit trail as every page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model, Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.accounts.models import User
from config.admin.parts import SHOWN, Table, columns, part
from config.admin.show import NOTHING, badge, code, find_url, id_link, link, noun, when, words
from config.audit.models import AuditEntry

# A kind of row, as the audit names it, and the row's id.
Subject = tuple[str, str]


def subject_of(row: Model) -> Subject:
    """How the audit names a row."""
    return str(row._meta.model_name), str(getattr(row, "public_id", "") or row.pk)


def trail(subjects: Sequence[Subject], *, title: str = "History") -> Table:
    """What was kept about these rows, the newest first. Each is read from the index of subjects."""
    several = len(subjects) > 1
    found: list[AuditEntry] = []
    if subjects:
        where = reduce(or_, (Q(subject_type=kind, subject_id=key) for kind, key in subjects))
        found = list(AuditEntry.objects.filter(where).order_by("-pk")[:SHOWN])
    people = people_of(entry.actor for entry in found)
    rows = tuple(
        (
            when(entry.at),
            *((_subject(entry),) if several else ()),
            what(entry),
            actor_link(entry.actor, people),
            reason_of(entry),
        )
        for entry in found
    )
    more = "" if len(found) < SHOWN else f"{_list()}?{urlencode({'q': subjects[0][1]})}"
    named = columns("When", *(("Of",) if several else ()), "What", "By", "Why")
    return Table(title=title, columns=named, rows=rows, empty="Nothing was kept yet.", more_url=more)


@part("audit.view", "History")
def history(row: Model, at: datetime) -> Table:
    """The trail of one row."""
    del at
    return trail([subject_of(row)])


def what(entry: AuditEntry) -> SafeString:
    """The move, or the act, of an entry."""
    if not entry.to_state:
        return format_html("{}", words(entry.act))
    target = badge(entry.to_state)
    if not entry.from_state:
        return format_html("{} {}", words(entry.act), target)
    return format_html('{} <span aria-label="became">→</span> {}', badge(entry.from_state), target)


def reason_of(entry: AuditEntry) -> SafeString:
    """Why, and the facts that were kept with it."""
    if not entry.reason and not entry.facts:
        return NOTHING
    facts = ", ".join(f"{words(str(name))} {_flat(value)}" for name, value in (entry.facts or {}).items())
    parted = " · " if entry.reason and facts else ""
    return format_html('<span class="hf-reason">{}{}{}</span>', entry.reason, parted, facts)


def people_of(actors: Iterable[str]) -> Mapping[str, str]:
    """The e-mail addresses behind `user:…` actors, in one read."""
    keys = {actor.removeprefix("user:") for actor in actors if actor.startswith("user:")}
    return dict(User.objects.filter(public_id__in=keys).values_list("public_id", "email")) if keys else {}


def by_whom(actor: str) -> SafeString:
    """Who did something, by their e-mail address: for a single name on a page."""
    return actor_link(actor, people_of([actor])) if actor else NOTHING


def actor_link(actor: str, people: Mapping[str, str]) -> SafeString:
    """A person by their e-mail address; a part of the machine by its name."""
    kind, _, key = actor.partition(":")
    return link(find_url(key), people.get(key, key)) if kind == "user" else code(actor)


def _subject(entry: AuditEntry) -> SafeString:
    return format_html("{} {}", noun(entry.subject_type), id_link(entry.subject_id))


def _flat(value: Any) -> str:
    return " → ".join(str(each) for each in value) if isinstance(value, list) else str(value)


def _list() -> str:
    return reverse("admin:config_auditentry_changelist")
