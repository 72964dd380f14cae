"""Opens requests to forget a person, and refuses them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.accounts.models import User
from config.audit.services import move, record
from config.erasure.models import ErasureRequest
from config.erasure.states import UNSETTLED, ErasureStatus


def request_erasure(*, person: User, cause: str, actor: str, at: datetime) -> ErasureRequest:
    """The request of this person that is not settled, made where there is none, in the caller's transaction."""
    found = ErasureRequest.objects.filter(person=person, status__in=UNSETTLED).first()
    if found is None:
        found = ErasureRequest.objects.create(person=person, cause=cause[:80], created_at=at)
        record(found, act="requested", actor=actor, at=at, facts={"cause": cause})
    return found


def refuse_erasure(*, request_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """A person says which duty keeps the data. False when that was said already; a request that runs is not refused."""
    with transaction.atomic():
        row = ErasureRequest.objects.get(pk=request_pk)
        return move(row, to=ErasureStatus.REFUSED, actor=actor, at=at, reason=reason, ended_at=at)
