"""Opens requests to forget a person, and settles them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.accounts.models import User
from config.audit.services import move, record
from config.erasure.models import ErasureRequest
from config.erasure.states import ErasureStatus


def request_erasure(*, person: User, cause: str, actor: str, at: datetime) -> ErasureRequest:
    """The open request of this person, made where there is none, in the caller's transaction."""
    found, made = ErasureRequest.objects.get_or_create(
        person=person, status=ErasureStatus.OPEN, defaults={"cause": cause[:80], "created_at": at}
    )
    if made:
        record(found, act="requested", actor=actor, at=at, facts={"cause": cause})
    return found


def settle_erasure(*, request_pk: int, to: ErasureStatus, actor: str, reason: str, at: datetime) -> bool:
    """A person says what became of it: done, or refused with its reason. False when that was said already."""
    with transaction.atomic():
        row = ErasureRequest.objects.get(pk=request_pk)
        return move(row, to=to, actor=actor, at=at, reason=reason, ended_at=at)
