"""What must hold at the end: everybody who was to be paid was paid once, and nothing is unexplained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from payments.drills.figures import Mark
from payments.drills.proof import unfinished
from payments.ledger.checks import prove as prove_books
from payments.ledger.models import PayeeBalance
from payments.ledger.queries import balance_minor
from payments.outflows.models import Outflow
from payouts.drills.cast import CURRENCY, RAIL_ACCOUNT
from payouts.drills.stage import Due, Fate, Stage
from payouts.rails.registry import rail_for

# Effect at the rail → how often it must have happened, by fate.
_MUST: dict[Fate, dict[str, int]] = {
    Fate.PAID: {"payout_debited": 1, "paid_out": 1},
    Fate.FAILED: {"payout_debited": 1, "payout_credited": 1},
    Fate.REVERSED: {"payout_debited": 1, "payout_credited": 1},
    Fate.RETURNED: {"payout_debited": 1, "paid_out": 1, "payout_returned": 1, "payout_credited": 1},
}


@dataclass(frozen=True, slots=True)
class Float:
    """What stands at the rail, as it counts and as our books do."""

    at_rail_minor: int
    in_books_minor: int


def float_now() -> Float:
    """Asks the rail."""
    told = rail_for(RAIL_ACCOUNT).get_float(currency=CURRENCY)
    booked = balance_minor("float", currency=CURRENCY, owner=RAIL_ACCOUNT)
    return Float(told.amount_minor if told is not None else 0, booked)


def prove(stage: Stage, since: Mark, before: Float) -> list[str]:
    """Everything that is wrong, one line each."""
    return [
        *_faults_that_never_struck(stage),
        *(f"{due.payout_id or due.owner}: {problem}" for due in stage.dues for problem in _of(stage, due)),
        *_float(before, float_now()),
        *_left_over(since),
        *(f"the books: {truth.name}" for truth in prove_books(full=True) if truth.broken),
    ]


def _faults_that_never_struck(stage: Stage) -> Iterator[str]:
    """A drill that broke nothing proves nothing."""
    for told, times in stage.injected.items():
        if not times:
            yield f"{told}: never struck, so that it proves nothing"
    if not stage.injected:
        yield "nothing was broken: this proves nothing"


def _of(stage: Stage, due: Due) -> Iterator[str]:
    if not due.payout_id:
        yield "was never paid out"
        return
    if not due.has_ended():
        yield f"is {due.payout.status}, and not {' or '.join(due.fate.end.ends)}"
    totals = stage.control.effects(f"payout={due.payout_id}")["totals"]
    moved = {each["effect"]: (each["count"], each["amount_minor"]) for each in totals}
    must = {effect: (times, times * due.amount_minor) for effect, times in _MUST[due.fate].items()}
    if moved != must:
        yield f"moved {moved} at the rail, and {must} was due"
    payable = PayeeBalance.objects.get(owner=due.owner, currency=CURRENCY).payable_minor
    wanted = 0 if due.fate is Fate.PAID else due.amount_minor
    if payable != wanted:
        yield f"{payable} is payable, and {wanted} should be"


def _float(before: Float, after: Float) -> Iterator[str]:
    """What the rail has of ours changed by as much as the books say, whoever else pays there."""
    moved, booked = after.at_rail_minor - before.at_rail_minor, after.in_books_minor - before.in_books_minor
    if moved != booked:
        yield f"the float changed by {moved} at the rail, and by {booked} in the books"


def _left_over(since: Mark) -> Iterator[str]:
    yield from unfinished(since)
    if Outflow.objects.filter(seen_at__gte=since.at).exists():
        yield "money left that nobody here sent"
