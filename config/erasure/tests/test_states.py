"""Every pair of states of a request to forget a person."""

from __future__ import annotations

import pytest
from django.utils import timezone

from config.accounts.models import User
from config.audit.services import move
from config.erasure.models import ErasureRequest
from config.erasure.states import ERASURE_STATES, ErasureStatus
from config.kernel.states import MoveNotAllowed

pytestmark = pytest.mark.django_db
ALLOWED = {("open", "running"), ("open", "refused"), ("running", "done")}
ENDED = ("done", "refused")


@pytest.mark.parametrize("origin", ErasureStatus.values)
@pytest.mark.parametrize("target", ErasureStatus.values)
def test_only_these_moves(origin: str, target: str) -> None:
    at = timezone.now()
    person = User.objects.create(email="somebody@example.com", password="!")
    ended_at = at if origin in ENDED else None
    row = ErasureRequest.objects.create(person=person, cause="asked", status=origin, begun_at=at, ended_at=ended_at)
    if origin == target:
        assert not move(row, to=target, actor="test", at=at)
    elif (origin, target) in ALLOWED:
        assert move(row, to=target, actor="test", at=at, ended_at=at if target in ENDED else None)
    else:
        with pytest.raises(MoveNotAllowed):
            move(row, to=target, actor="test", at=at, ended_at=None)
    assert {(a, b) for a, b, allowed in ERASURE_STATES.pairs() if allowed} == ALLOWED
