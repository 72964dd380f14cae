"""Forgets what was answered to a person's requests."""

from __future__ import annotations

from datetime import datetime

from config.accounts.models import User
from config.erasure.contract import delete
from config.idempotency.models import IdempotencyKey


def erase(*, person: User, batch: int, at: datetime) -> int:
    """Answers to requests of theirs. A key that comes again is a new request, which nobody is left to make."""
    del at
    return delete(IdempotencyKey.objects.filter(scope__startswith=f"{person.actor} "), batch)
