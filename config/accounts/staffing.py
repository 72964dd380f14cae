"""Who people are to us: their roles, and whether they may come in at all."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from config.accounts.models import ApiKey, User
from config.accounts.roles import Role, may_for_everyone
from config.audit.services import record
from config.kernel.errors import Conflict, Forbidden, Invalid

MANAGE = "accounts.manage"


class UnknownRole(Invalid):
    """There is no such role."""

    code = "unknown_role"


class NotOnYourself(Conflict):
    """Nobody changes their own rights; another administrator does."""

    code = "not_on_yourself"


class NotAnAdministrator(Forbidden):
    """Only an administrator says who people are."""

    code = "not_an_administrator"


def change_roles(*, user: User, roles: Collection[str], by: User, reason: str, at: datetime) -> bool:
    """Gives a person exactly these roles. False when they have them already.

    What their API keys and tokens may do follows at once: it is asked of their owner each time. Raises UnknownRole,
    NotOnYourself, NotAnAdministrator.
    """
    wanted = sorted(set(roles))
    if not set(wanted) <= set(Role.values):
        raise UnknownRole(field="roles")
    with transaction.atomic():
        present = _lock(user, by=by)
        if sorted(present.roles) == wanted:
            return False
        User.objects.filter(pk=user.pk).update(roles=wanted)
        facts = {"before": sorted(present.roles), "after": wanted}
        record(user, act="roles_changed", actor=by.actor, at=at, reason=reason, facts=facts)
    user.roles = wanted
    return True


def deactivate(*, user: User, by: User, reason: str, at: datetime) -> bool:
    """Shuts a person out at once, with every API key of theirs. False when they are out already.

    Raises NotOnYourself, NotAnAdministrator.
    """
    with transaction.atomic():
        if not _lock(user, by=by).is_active:
            return False
        User.objects.filter(pk=user.pk).update(is_active=False)
        record(user, act="deactivated", actor=by.actor, at=at, reason=reason)
        keys = ApiKey.objects.filter(user=user, revoked_at__isnull=True).order_by("pk")
        for key in keys.select_for_update():
            ApiKey.objects.filter(pk=key.pk).update(revoked_at=at)
            record(key, act="revoked", actor=by.actor, at=at, reason="its owner was shut out")
    user.is_active = False
    return True


def reactivate(*, user: User, by: User, reason: str, at: datetime) -> bool:
    """Lets a person in again; their old keys stay revoked. False when they are in.

    Raises NotOnYourself, NotAnAdministrator.
    """
    with transaction.atomic():
        if _lock(user, by=by).is_active:
            return False
        User.objects.filter(pk=user.pk).update(is_active=True)
        record(user, act="reactivated", actor=by.actor, at=at, reason=reason)
    user.is_active = True
    return True


def _lock(user: User, *, by: User) -> User:
    """Both people, in ascending order: of two administrators who shut each other out, the second is none any more
    when it is their turn. So there is always one left, the one who acted, and nobody has to be counted."""
    if user.pk == by.pk:
        raise NotOnYourself
    rows = {row.pk: row for row in User.objects.select_for_update().filter(pk__in=[user.pk, by.pk]).order_by("pk")}
    if not may_for_everyone(rows[by.pk], MANAGE):
        raise NotAnAdministrator
    return rows[user.pk]
