"""How much of a transfer is taken back, and by whose word, on plain values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from config.kernel.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Transferred:
    """A transfer as it stands: its amount, what of it is back, what stands in the payee's account still, and whether
    its payout was not made yet."""

    net_minor: int
    returned_minor: int
    in_account_minor: int
    is_half_way: bool = False


def left_minor(transfer: Transferred) -> int:
    """The most that the rail would give back."""
    return transfer.net_minor - transfer.returned_minor


def share_out(debt_minor: int, lefts: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """A debt over transfers, the newest first, as (key, left) → (key, what is taken of it): never more than is left of
    each, nor more together than the debt."""
    for key, left in lefts:
        if debt_minor <= 0:
            return
        part = min(debt_minor, left)
        if part > 0:
            debt_minor -= part
            yield key, part


def may_send(*, cause: str, amount_minor: int, debt_minor: int, transfer: Transferred) -> Verdict:
    """Whether it is still due as it was decided: never more than is left, never more than is owed."""
    if amount_minor > left_minor(transfer):
        return Verdict.no("more_than_is_left", "so much is not left of the transfer")
    if cause == "debt" and amount_minor > debt_minor:
        return Verdict.no("no_such_debt", "the payee does not owe so much any more")
    if cause == "stopped" and not transfer.is_half_way:
        return Verdict.no("payout_goes_on", "the payout is on its way to their bank, or over")
    if cause in ("stranded", "stopped") and amount_minor > transfer.in_account_minor:
        return Verdict.no("not_in_their_account", "the money does not stand in the payee's account any more")
    return Verdict.yes()


def may_decide(*, proposed_by: str, payee: str, actor: str) -> Verdict:
    """Nobody decides about what they proposed, nor about their own money."""
    if actor in (proposed_by, payee):
        return Verdict.no("four_eyes", "another person must decide about it")
    return Verdict.yes()
