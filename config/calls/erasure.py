"""Empties what gateways answered to calls about rows of a person."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from config.calls.models import GatewayCall
from config.calls.services import UNANSWERED
from config.calls.states import CallStatus
from config.erasure.contract import counted, rewrite

# (kind of row, public ids of the rows)
Subjects = Iterable[tuple[str, Iterable[str]]]


def about(subjects: Subjects) -> QuerySet[GatewayCall]:
    """Calls in the name of any of these rows."""
    asked = [Q(subject_type=kind, subject_id__in=list(ids)) for kind, ids in subjects]
    return GatewayCall.objects.filter(reduce(or_, asked)) if asked else GatewayCall.objects.none()


def unanswered(subjects: Subjects) -> list[str]:
    """Calls whose outcome nobody knows."""
    number = about(subjects).filter(status__in=(*UNANSWERED, CallStatus.PENDING)).count()
    return counted(number, "call to a gateway has no answer", "calls to gateways have no answer")


def empty(subjects: Subjects, batch: int) -> int:
    """Answers, which may name the person; what was asked and what became of it stays."""
    return rewrite(about(subjects).exclude(answer__isnull=True, last_error=""), batch, answer=None, last_error="")
