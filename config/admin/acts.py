"""What an operator can do: one act is one service call, whose effect is shown before it and whose reason is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypedDict

from django import forms
from django.conf import settings
from django.db import DatabaseError, Error, IntegrityError, OperationalError
from django.db.models import Model
from django.utils.module_loading import import_string

from config.accounts.roles import may_for_everyone
from config.admin.panel import Tone
from config.audit.rehearsal import Moved, Rehearsed, rehearse
from config.calls.barrier import NetworkBarred
from config.kernel.bookline import BookLine
from config.kernel.errors import Refused
from config.kernel.verdict import Verdict

# The reason of an act that is only rehearsed.
PREVIEW = "(shown before it is done)"


@dataclass(frozen=True, slots=True)
class Effect:
    """What will happen, for the page on which an act is confirmed.

    `calls` are requests to the outside, `jobs` what the machine will do afterwards, `notes` what else is known,
    `cautions` what a person should know first. With `refusal` it would be refused now, and cannot be confirmed.
    """

    summary: str
    moves: tuple[Moved, ...] = ()
    lines: tuple[BookLine, ...] = ()
    calls: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    refusal: Verdict = field(default_factory=Verdict.yes)


class Said(TypedDict):
    """Who says it, why and when, as every verb takes them."""

    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """Who confirmed an act, why, when, and what else they filled in. `user` is a staff member who may."""

    user: Any
    reason: str
    at: datetime
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def actor(self) -> str:
        return str(self.user.actor)

    @property
    def said(self) -> Said:
        return {"actor": self.actor, "reason": self.reason, "at": self.at}


@dataclass(frozen=True, slots=True)
class Reveal:
    """An act's answer that is shown once and kept nowhere, such as a new API key."""

    title: str
    secret: str
    note: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """An act's answer that the browser saves as a file, and that is kept nowhere here."""

    name: str
    body: bytes
    content_type: str = "text/csv; charset=utf-8"


def always(row: Any) -> bool:
    """Offered whatever the row's state."""
    del row
    return True


def state_of(row: Any) -> str:
    """What an operator decided upon: by default the row's status."""
    return str(getattr(row, "status", "") or getattr(row, "state", ""))


@dataclass(frozen=True, slots=True)
class Act:
    """An act on one row (or on none, above a list).

    `code` is the permission. `effect(row, user, at)` tells what will happen; `do(row, asked)` makes exactly one
    service call: False means that it was so already, a text replaces `done`, a Reveal is shown once, an
    Attachment saved as a file. `seen(row)` is
    what the operator decided upon: when it changed between looking and confirming, they look again. Where what happens
    depends on the form, `preview(row, user, at, given)` tells it of the form as it was filled in, before that can be
    confirmed.
    """

    name: str
    title: str
    code: str
    effect: Callable[[Any, Any, datetime], Effect]
    do: Callable[[Any, Asked], Any]
    done: str
    fits: Callable[[Any], bool] = always
    seen: Callable[[Any], str] = state_of
    form: type[forms.Form] | None = None
    preview: Callable[[Any, Any, datetime, Mapping[str, Any]], Effect] | None = None
    # The form's first values for this row, and what its choices depend on.
    initial: Callable[[Any], Mapping[str, Any]] | None = None
    tone: Tone = Tone.NEUTRAL
    confirm: str = ""
    reason_hint: str = ""

    @property
    def button(self) -> str:
        """What the confirming button says."""
        return self.confirm or self.title


def known(own: Sequence[Act], model: type[Model]) -> list[Act]:
    """A page's own acts, and those that the apps above add to it."""
    return [*own, *(import_string(path) for path in settings.ADMIN_ACTS.get(model._meta.label_lower, ()))]


def offered(acts: Sequence[Act], row: Any, *, user: Any) -> list[Act]:
    """The acts that `user` may do and `row` is in a state for."""
    return [act for act in acts if may_for_everyone(user, act.code) and act.fits(row)]


def by_rehearsal(summary: str, act: Callable[[], Any], *, cautions: Sequence[str] = ()) -> Effect:
    """The effect of an act that only writes: it is done as if for good, and rolled back."""
    return effect_of(rehearse(act), Effect(summary=summary, cautions=tuple(cautions)))


def rehearsing(
    do: Callable[[Any, Asked], Any], summary: str | Callable[[Any], str], *, cautions: Sequence[str] = ()
) -> Callable[..., Effect]:
    """The effect of an act that only writes, or the preview of its form, shown by its own `do`; `summary` is its first
    sentence, or makes it of the row."""

    def effect(row: Any, user: Any, at: datetime, given: Mapping[str, Any] = MappingProxyType({})) -> Effect:
        asked = Asked(user=user, reason=PREVIEW, at=at, given=given)
        said = summary if isinstance(summary, str) else summary(row)
        return by_rehearsal(said, lambda: do(row, asked), cautions=cautions)

    return effect


def effect_of(rehearsed: Rehearsed[Any], effect: Effect) -> Effect:
    """`effect` with what a rehearsal found; where it found that it cannot be done, with why not."""
    found = replace(
        effect,
        moves=(*effect.moves, *rehearsed.moves),
        lines=(*effect.lines, *rehearsed.lines),
        jobs=(*effect.jobs, *rehearsed.jobs),
    )
    error = rehearsed.error
    if error is None:
        return found
    if isinstance(error, NetworkBarred):
        note = "From there on it depends on the gateway's answer, which is not asked for before you confirm."
        return replace(found, cautions=(*found.cautions, note))
    if isinstance(error, Refused):
        return replace(found, refusal=Verdict.no(error.code, error.detail))
    if isinstance(error, Error):
        return replace(found, refusal=why_not(error))
    raise error


def why_not(error: DatabaseError | Error) -> Verdict:
    """What the database said, for people. A constraint's name is a sentence."""
    if isinstance(error, IntegrityError):
        diagnosis = getattr(error.__cause__, "diag", None)
        name = getattr(diagnosis, "constraint_name", None) or str(error).partition("\n")[0]
        return Verdict.no("constraint", f"the database refuses it: {str(name).replace('_', ' ')}")
    if isinstance(error, OperationalError):
        return Verdict.no("busy", "somebody else is changing this at the moment; look again in a few seconds")
    return Verdict.no("database", str(error).partition("\n")[0])
