"""Empties the bodies of events that concern a person, or objects of theirs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from config.accounts.models import User
from config.erasure.contract import counted
from config.inbox.models import WebhookEvent
from config.inbox.states import InboxState

_WAITING = (InboxState.DUE, InboxState.PARKED, InboxState.DEAD)


def of_person(person: User) -> QuerySet[WebhookEvent]:
    """Events with a body that a handler said concern this person."""
    # That somebody is concerned is said once more, because the database does not conclude it, and the index wants it.
    concerning = WebhookEvent.objects.filter(concerns__contains=[person.public_id], body__isnull=False)
    return concerning.exclude(concerns=[])


def of_objects(object_ids: Iterable[str]) -> QuerySet[WebhookEvent]:
    """Events with a body that name one of these objects of a gateway, whatever became of them."""
    return WebhookEvent.objects.filter(object_id__in=[each for each in object_ids if each], body__isnull=False)


def waiting_for(object_ids: Iterable[str]) -> list[str]:
    """Events about these objects that are still to be handled."""
    number = of_objects(object_ids).filter(state__in=_WAITING).count()
    return counted(number, "event is to be handled", "events are to be handled")


def open_things(*, person: User) -> list[str]:
    """Events of theirs that were handled once, and wait again."""
    number = of_person(person).filter(state__in=_WAITING).count()
    return counted(number, "event is to be handled again", "events are to be handled again")


def erase(*, person: User, batch: int, at: datetime) -> int:
    """Bodies of events that concern this person. The rows stay: by their ids a redelivery is recognised."""
    del at
    return _empty(of_person(person), batch)


def empty(object_ids: Iterable[str], batch: int) -> int:
    """Bodies of events about these objects, also of those that were none of ours."""
    return _empty(of_objects(object_ids), batch)


def _empty(events: QuerySet[WebhookEvent], batch: int) -> int:
    """Never of one that is still to be handled: it came since we looked, nothing else knows what it tells, and whoever
    erases waits for it. The update looks once more, because a delivery or a person may have made it due meanwhile."""
    over = events.exclude(state__in=_WAITING)
    keys = list(over.order_by("pk").values_list("pk", flat=True)[:batch])
    return over.filter(pk__in=keys).update(body=None, last_error="") if keys else 0
