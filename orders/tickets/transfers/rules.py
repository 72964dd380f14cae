"""What a provider's word means for our transfer: pure, and the same for an answer, a webhook and a question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orders.tickets.providers.contract import TransferState
from orders.tickets.transfers.states import ENDED, OPEN, TransferStatus

T, S = TransferState, TransferStatus

_STATUS: Final = {
    T.INITIATED: S.INITIATED,
    T.PENDING: S.PENDING,
    T.ACCEPTED: S.ACCEPTED,
    T.DECLINED: S.DECLINED,
    T.EXPIRED: S.EXPIRED,
    T.CANCELLED: S.CANCELLED,
    T.FAILED: S.FAILED,
    T.NEEDS_REVIEW: S.REVIEW,
}
_RANK: Final = {T.INITIATED: 0, T.PENDING: 1}
_LAST_RANK: Final = 2


@dataclass(frozen=True, slots=True)
class Step:
    """What follows: the status to move to, or None where nothing moves; why, in a few words; whether the word itself is
    kept as the newest."""

    to: TransferStatus | None
    why: str = ""
    is_news: bool = True


def what_follows(*, status: str, told: TransferState, told_at: datetime, known: str, known_at: datetime | None) -> Step:
    """`known`, `known_at`: the provider's last word that we have and when it changed there.

    An older word changes nothing; of two of one instant the later in a transfer's life counts. What is with a person
    stays there. A word that contradicts a decided transfer is never followed: buyer and seller may have their money, so
    that a person decides.
    """
    if known_at is not None and known and _is_older(told, told_at, TransferState(known), known_at):
        return Step(None, "older than what is known", is_news=False)
    target = _STATUS[told]
    if status == target:
        return Step(None, "known already")
    if status == S.REVIEW:
        return Step(None, "a person decides")
    if status in (S.STARTING, *OPEN):
        is_backward = status == S.PENDING and target == S.INITIATED
        return Step(None, "known already") if is_backward else Step(target)
    if status == S.CANCELLING:
        return Step(None, "still open there") if told.is_open else Step(target)
    if status in ENDED and told.has_ended:
        return Step(None, "ended already")
    if (told, told_at) == (known, known_at):
        return Step(None, "known already")  # listed once more, after a person decided past it
    return Step(S.REVIEW, f"{told} after {status}")


def _is_older(told: TransferState, told_at: datetime, known: TransferState, known_at: datetime) -> bool:
    if told_at != known_at:
        return told_at < known_at
    return _RANK.get(told, _LAST_RANK) < _RANK.get(known, _LAST_RANK)
