"""The columns and the rules of what one person proposes and another decides."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from config.proposals.states import PROPOSAL_STATES, ProposalStatus

WAITING = Q(status="proposed")


class Proposal(models.Model):
    """Something that one person says or wants, and that nothing is booked of before another one confirms it. Whoever
    may confirm may decline, and who proposed it may take it back that way.

    What is proposed, and of what, stands in the columns of each kind.
    """

    states = PROPOSAL_STATES

    status = models.CharField(max_length=10, choices=ProposalStatus.choices, default=ProposalStatus.PROPOSED)
    reason: models.Field[Any, str] = models.TextField()
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def waits(self) -> bool:
        """Whether nobody has decided it."""
        return self.status == ProposalStatus.PROPOSED


def two_people(*, name: str, known_status: str) -> list[models.CheckConstraint]:
    """What the database itself keeps of every kind: nobody confirms what they proposed, in a status that there is. Both
    names are sentences, because an operator reads them."""
    return [
        models.CheckConstraint(condition=Q(status__in=ProposalStatus.values), name=known_status),
        models.CheckConstraint(condition=~Q(status="confirmed") | ~Q(decided_by=F("proposed_by")), name=name),
    ]


def one_waits(field: str, *, name: str) -> models.UniqueConstraint:
    """No second one of the same thing while one waits."""
    return models.UniqueConstraint(fields=[field], condition=WAITING, name=name)


def waiting_index(name: str) -> models.Index:
    """The index that the list of what waits reads."""
    return models.Index(fields=["-id"], name=name, condition=WAITING)
