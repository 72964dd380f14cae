"""Decisions about disputes, on plain values."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from config.kernel.money import allocate
from config.kernel.states import StateTable
from config.kernel.verdict import Verdict
from payments.disputes.states import ANSWERABLE, OPEN, RANK, DisputeStatus


class Bearer(StrEnum):
    SELLER = "seller"
    PLATFORM = "platform"


def way(table: StateTable, origin: str, target: str) -> tuple[str, ...] | None:
    """The moves from one label to another, the fewest there are; None where the table has no way.

    What happened in between was not told, or not told yet: the gateway keeps no history for us.
    """
    if origin == target:
        return ()
    came_from: dict[str, str] = {}
    to_visit = deque([origin])
    while to_visit:
        here = to_visit.popleft()
        for there in sorted(table.moves.get(here, ())):
            if there in came_from or there == origin:
                continue
            came_from[there] = here
            if there == target:
                steps = [target]
                while came_from[steps[-1]] != origin:
                    steps.append(came_from[steps[-1]])
                return tuple(reversed(steps))
            to_visit.append(there)
    return None


def is_news(*, known: str, known_at: datetime, told: str, told_at: datetime) -> bool:
    """Whether a label is younger than the one we have; in the same second the rank decides."""
    return (told_at, RANK[DisputeStatus(told)]) > (known_at, RANK[DisputeStatus(known)])


def loss_minor(*, status: str, withdrawn_minor: int) -> int:
    """What of a dispute is lost: all that is still away from us once it is lost, and nothing before or else."""
    return max(0, withdrawn_minor) if status == DisputeStatus.LOST else 0


def in_dispute_minor(*, status: str, withdrawn_minor: int) -> int:
    """What of it is away from us and not lost: it may come back."""
    return 0 if status == DisputeStatus.LOST else max(0, withdrawn_minor)


@dataclass(frozen=True, slots=True)
class Left:
    """What one hold of the payment still has, wherever that is by now, and whether its part was delivered."""

    hold_pk: int
    left_minor: int
    was_delivered: bool


@dataclass(frozen=True, slots=True)
class Loss:
    """Where a lost dispute is taken from, in minor units: from each hold, from us for the part behind a hold, and from
    us because nothing of the payment was left."""

    holds: Mapping[int, int]
    borne: Mapping[int, int]
    excess_minor: int


def take_loss(*, amount_minor: int, parts: Sequence[Left], bearer: str) -> Loss:
    """Up to what is left of the payment, over its holds by what is left of each (largest remainder); the rest is our
    loss. Where the platform bears it, it does so for what was delivered: money that waits for a delivery is nobody's,
    and goes first in any case."""
    left = [max(0, part.left_minor) for part in parts]
    covered = min(amount_minor, sum(left))
    given = allocate(covered, left) if covered else ()
    holds: dict[int, int] = {}
    borne: dict[int, int] = {}
    for part, minor in zip(parts, given, strict=False):
        if minor:
            by_us = bearer == Bearer.PLATFORM and part.was_delivered
            (borne if by_us else holds)[part.hold_pk] = minor
    return Loss(holds=holds, borne=borne, excess_minor=amount_minor - covered)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a booked loss: the share's key and what it still comes to."""

    pk: int
    amount_minor: int


def give_up(*, amount_minor: int, first: Sequence[Share], then: Sequence[Share]) -> dict[int, int]:
    """Which shares of a loss are made good by `amount_minor`, and how much of each: one after the other those that
    nothing covered, then those that something did, by largest remainder."""
    given: dict[int, int] = {}
    left = amount_minor
    for share in first:
        part = min(left, share.amount_minor)
        if part:
            given[share.pk] = part
            left -= part
    parts = allocate(left, [share.amount_minor for share in then]) if left else ()
    given |= {share.pk: part for share, part in zip(then, parts, strict=False) if part}
    return given


def who_bears(*, reason: str, bearer: str, platform_bears_reasons: Collection[str]) -> Bearer:
    """Whose loss it would be: the policy's, except for the reasons that the platform always bears (card fraud, say)."""
    return Bearer.PLATFORM if reason in platform_bears_reasons else Bearer(bearer)


def may_answer(*, status: str, is_submitted: bool, evidence_due_at: datetime | None, at: datetime) -> Verdict:
    """Evidence is taken once in each phase, while it is waited for."""
    if status not in ANSWERABLE:
        return Verdict.no("dispute_not_answerable", f"the dispute is {status}")
    if is_submitted:
        return Verdict.no("evidence_submitted", "evidence was submitted already")
    if evidence_due_at is not None and at >= evidence_due_at:
        return Verdict.no("evidence_too_late", "the time for evidence is over")
    return Verdict.yes()


def may_accept(*, status: str) -> Verdict:
    """A chargeback that is undecided can be conceded; an inquiry is answered by a refund, or not at all."""
    if status not in (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW):
        return Verdict.no("dispute_not_acceptable", f"the dispute is {status}")
    return Verdict.yes()


def may_concede_alone(*, amount_minor: int, threshold_minor: int | None) -> Verdict:
    """Up to the threshold one person may give a disputed amount away; where there is none, two must."""
    if threshold_minor is None:
        return Verdict.no("no_threshold", "there is no threshold for this currency")
    if amount_minor > threshold_minor:
        return Verdict.no("above_threshold", "the amount is above the threshold")
    return Verdict.yes()


def accepts_itself(
    *,
    status: str,
    is_submitted: bool,
    has_evidence: bool,
    amount_minor: int,
    threshold_minor: int,
    alone_minor: int | None,
) -> bool:
    """Below the threshold it costs more to fight than to lose; not where somebody has begun to fight, and no more than
    one person may concede alone (`alone_minor`): the machine is nobody's second pair of eyes."""
    if status != DisputeStatus.NEEDS_RESPONSE or is_submitted or has_evidence:
        return False
    alone = may_concede_alone(amount_minor=amount_minor, threshold_minor=alone_minor)
    return amount_minor < threshold_minor and bool(alone)


def next_reminder(
    *,
    status: str,
    is_submitted: bool,
    evidence_due_at: datetime | None,
    days: Sequence[int],
    at: datetime,
    unsent: datetime | None = None,
) -> datetime | None:
    """When to remind of a deadline next: so many days before it, the first that lies ahead. A reminder whose time has
    come and that was not sent yet (`unsent`) stays. None when nobody needs to be reminded."""
    if status not in ANSWERABLE or is_submitted or evidence_due_at is None:
        return None
    if unsent is not None and unsent <= at:
        return unsent
    ahead = [evidence_due_at - timedelta(days=number) for number in days]
    return min((moment for moment in ahead if moment > at), default=None)


def is_open(status: str) -> bool:
    """Whether it is undecided."""
    return status in OPEN
