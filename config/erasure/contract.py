"""What a feature registers so that a person can be forgotten: what of theirs is open, and how what is theirs goes."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from django.db.models import Model, QuerySet

from config.accounts.models import User

# What stands where an e-mail stood. The domain is reserved and reaches nobody (RFC 6761).
NOBODY = "erased.invalid"


class Prepare(Protocol):
    def __call__(self, *, person: User, at: datetime) -> None:
        """Brings to an end what the machine may end by itself. Called again and again, with no transaction open."""


class Open(Protocol):
    def __call__(self, *, person: User) -> list[str]:
        """What of this person is not over yet, a sentence each without personal data. Empty: nothing."""


class Erase(Protocol):
    def __call__(self, *, person: User, batch: int, at: datetime) -> int:
        """Erases at most about `batch` rows, in the caller's transaction. Returns how many: 0 once nothing is left, so
        that it can be interrupted anywhere and done again."""


def rewrite(rows: QuerySet[Model], batch: int, **columns: object) -> int:
    """Overwrites the columns of some of `rows`, which leave the query by that. Returns how many rows."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:batch])
    return rows.model._base_manager.filter(pk__in=keys).update(**columns) if keys else 0


def delete(rows: QuerySet[Model], batch: int) -> int:
    """Deletes some of `rows`. Returns how many."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:batch])
    return rows.model._base_manager.filter(pk__in=keys).delete()[0] if keys else 0


def counted(number: int, one: str, many: str) -> list[str]:
    """A sentence where there are any."""
    return [f"{number} {one if number == 1 else many}"] if number else []
