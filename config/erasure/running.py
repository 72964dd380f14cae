"""Forgets the people who are to be forgotten, once nothing of theirs is open, in steps that can be interrupted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.module_loading import import_string

from config.accounts.erasure import shut
from config.accounts.models import User
from config.audit.services import move
from config.erasure.contract import Erase, Open, Prepare
from config.erasure.models import ErasureRequest
from config.erasure.states import UNSETTLED, ErasureStatus
from config.kernel import clock

log = logging.getLogger(__name__)
ACTOR = "system:erasure"
BATCH, MOST = 500, 50
# Longer than any request lasts: what somebody was just opening when the account was shut has been committed by then, or
# never will be. (References are checked at the commit, so that no lock would have kept it out.)
SETTLES = timedelta(minutes=2)


def open_things(person: User) -> list[str]:
    """What every feature says is not over yet."""
    found: list[str] = []
    for feature in settings.ERASURES.values():
        if path := feature.get("open"):
            ask: Open = import_string(path)
            found += ask(person=person)
    return found


def run_due(*, budget_s: float = 60.0, most: int = MOST, now: Callable[[], datetime] = clock.now) -> int:
    """Looks at unsettled requests, those first that nobody looked at for longest. Returns how many people were
    forgotten. What the budget cuts off goes on at the next run, where it was."""
    until = now() + timedelta(seconds=budget_s)
    rows = ErasureRequest.objects.filter(status__in=UNSETTLED).order_by(F("looked_at").asc(nulls_first=True), "pk")
    done = 0
    for pk in list(rows.values_list("pk", flat=True)[:most]):
        if now() >= until:
            break
        done += run(request_pk=pk, until=until, now=now)
    return done


def run(*, request_pk: int, until: datetime, now: Callable[[], datetime] = clock.now) -> bool:
    """Forgets one person, if nothing of theirs is open. True once all of it is done."""
    _prepare(request_pk, at=now())
    if not _begin(request_pk, at=now()):
        return False
    person = ErasureRequest.objects.select_related("person").get(pk=request_pk).person
    for name, feature in settings.ERASURES.items():
        if not _step(name, feature, person, until=until, now=now):
            _note(request_pk, [f"{name}: not all of it is erased yet"], at=now())
            return False
    return _finish(request_pk, at=now())


def _prepare(request_pk: int, *, at: datetime) -> None:
    row = ErasureRequest.objects.select_related("person").get(pk=request_pk)
    for feature in settings.ERASURES.values():
        if row.status == ErasureStatus.OPEN and (path := feature.get("prepare")):
            prepare: Prepare = import_string(path)
            prepare(person=row.person, at=at)


def _begin(request_pk: int, *, at: datetime) -> bool:
    """Shuts the account, so that nothing new can be opened by it; not before everything is over, and not twice."""
    with transaction.atomic():
        row, person = _lock(request_pk)
        if row.status not in UNSETTLED:
            return False
        waits_for = open_things(person)
        _note(row.pk, waits_for, at=at)
        if waits_for:
            return False
        if row.status == ErasureStatus.OPEN:
            move(
                row, to=ErasureStatus.RUNNING, actor=ACTOR, at=at, reason="nothing of this person is open", begun_at=at
            )
            shut(person=person, actor=ACTOR, at=at)
        return True


def _step(name: str, feature: dict[str, str], person: User, *, until: datetime, now: Callable[[], datetime]) -> bool:
    """One feature's part, in batches. False when it failed or the time is over."""
    erase: Erase = import_string(feature["erase"])
    while True:
        if now() >= until:
            return False
        try:
            with transaction.atomic():
                if not erase(person=person, batch=BATCH, at=now()):
                    return True
        except Exception:
            log.exception("erasing failed", extra={"feature": name, "person": person.public_id})
            return False


def _finish(request_pk: int, *, at: datetime) -> bool:
    """Done, unless something was opened while it ran, or still may be."""
    with transaction.atomic():
        row, person = _lock(request_pk)
        waits_for = open_things(person)
        if not waits_for and row.begun_at is not None and at < row.begun_at + SETTLES:
            waits_for = ["a last look, in a few minutes"]
        _note(row.pk, waits_for, at=at)
        if waits_for or row.status != ErasureStatus.RUNNING:
            return False
        return move(row, to=ErasureStatus.DONE, actor=ACTOR, at=at, reason="all of it is erased", ended_at=at)


def _lock(request_pk: int) -> tuple[ErasureRequest, User]:
    row = ErasureRequest.objects.get(pk=request_pk)
    person = User.objects.select_for_update().get(pk=row.person_id)
    return ErasureRequest.objects.select_for_update(of=("self",)).get(pk=request_pk), person


def _note(request_pk: int, waits_for: list[str], *, at: datetime) -> None:
    shown = [each[:120] for each in waits_for[:20]]
    ErasureRequest.objects.filter(pk=request_pk).update(waits_for=shown, looked_at=at)
