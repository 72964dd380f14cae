"""Makes somebody a scout, with a code of their own, and lets an administrator end and begin that."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction

from config.accounts.models import User
from config.accounts.roles import Role
from config.audit.services import record
from config.kernel.errors import Forbidden
from payouts.payees.models import PayeeKind
from payouts.payees.services.ensure import ensure_payee
from payouts.scouts import rules
from payouts.scouts.models import Scout

_TRIES = 5


class NotAScout(Forbidden):
    """An administrator says who may scout."""

    code = "not_a_scout"


def enrol(*, user: User, actor: str, at: datetime) -> Scout:
    """The scout that this person is, made where they have the role and are none yet. Raises NotAScout."""
    if Role.SCOUT not in user.roles:
        raise NotAScout
    found = Scout.objects.filter(user=user).first()
    for attempt in range(_TRIES):
        if found is not None:
            return found
        found = _make(user, actor=actor, at=at, is_last=attempt == _TRIES - 1)
    raise AssertionError("a code is free or it is not")


def _make(user: User, *, actor: str, at: datetime, is_last: bool) -> Scout | None:
    """None where the code is somebody's already."""
    code = "".join(secrets.choice(rules.ALPHABET) for _ in range(rules.CODE_LENGTH))
    try:
        with transaction.atomic():
            payee = ensure_payee(user=user, kind=PayeeKind.SCOUT, actor=actor, at=at)
            scout = Scout.objects.create(user=user, payee=payee, code=code, created_at=at)
            record(scout, act="enrolled", actor=actor, at=at)
    except IntegrityError:
        if is_last:
            raise
        return Scout.objects.filter(user=user).first()
    return scout


def rename(*, scout: Scout, display_name: str, actor: str, at: datetime) -> bool:
    """What the leaderboard calls them. False where it does so already."""
    with transaction.atomic():
        row = Scout.objects.select_for_update(of=("self",)).get(pk=scout.pk)
        if row.display_name == display_name:
            return False
        Scout.objects.filter(pk=row.pk).update(display_name=display_name)
        record(row, act="renamed", actor=actor, at=at)
    return True


def set_active(*, scout: Scout, is_active: bool, actor: str, reason: str, at: datetime) -> bool:
    """Whether their code is good and what they brought earns them anything from now on. False where it is so."""
    with transaction.atomic():
        row = Scout.objects.select_for_update(of=("self",)).get(pk=scout.pk)
        if row.is_active == is_active:
            return False
        Scout.objects.filter(pk=row.pk).update(is_active=is_active)
        record(row, act="made_active" if is_active else "made_inactive", actor=actor, at=at, reason=reason)
    return True
