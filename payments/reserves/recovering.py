"""Who would give back how much from where, before it is done: the rule of recovery over what each payee has now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from config.accounts.models import User
from config.admin.money import shown
from config.kernel.bookline import BookLine
from payments.ledger.accounts import PAYEE_ACCOUNTS, Account
from payments.ledger.models import PayeeBalance
from payments.ledger.rules import Recovery, Standing, recovery

# Owner and currency → minor units.
Sums = Mapping[tuple[str, str], int]
NOTHING: Sums = {}


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken back from one payee, from where, and what they owe us already. Of what is payable by then,
    `kept_minor` is still kept back for what it is taken for."""

    owner: str
    currency: str
    recovery: Recovery
    owed_minor: int
    kept_minor: int = 0

    @property
    def is_short(self) -> bool:
        return self.recovery.is_short

    def __str__(self) -> str:
        found = self.recovery
        kept = min(self.kept_minor, found.payable)
        sources = [
            f"{shown(minor, self.currency)} {place}"
            for minor, place in (
                (found.escrow, "that is still held"),
                (kept, "that is kept back for it"),
                (found.payable - kept, "that is payable"),
                (found.pending, "from payouts that were not sent"),
                (found.reserve, "from their reserve"),
            )
            if minor
        ]
        if found.receivable:
            owed = f", beside {shown(self.owed_minor, self.currency)} that they owe already" if self.owed_minor else ""
            debt = f"{shown(found.receivable, self.currency)} they will owe us until their next earnings pay it{owed}"
            sources.append(debt)
        total = found.escrow + found.payable + found.pending + found.reserve + found.receivable
        return f"{_name(self.owner)} gives {shown(total, self.currency)} back: {', '.join(sources)}."


def recoveries(taken: Sums, *, freed: Sums = NOTHING, held: Sums = NOTHING) -> list[Taken]:
    """What each payee gives, of what they have now. `freed` is what first leaves their reserve and becomes payable,
    `held` what of the same money is in escrow."""
    found = []
    for (owner, currency), minor in sorted(taken.items()):
        row = PayeeBalance.objects.filter(owner=owner, currency=currency).first() or PayeeBalance()
        first, escrow = min(freed.get((owner, currency), 0), row.reserve_minor), held.get((owner, currency), 0)
        standing = Standing(
            escrow=escrow,
            payable=row.payable_minor + first,
            pending=recallable_minor(owner, currency),
            reserve=row.reserve_minor - first,
        )
        found.append(Taken(owner, currency, recovery(minor + escrow, standing), row.receivable_minor, first))
    return found


def recallable_minor(owner: str, currency: str) -> int:
    """What of a payee's money is in payouts that were not sent; asked of the app that pays them out."""
    return int(import_string(settings.RECALLABLE)(owner, currency)) if settings.RECALLABLE else 0


def cautions_of(lines: Iterable[BookLine]) -> tuple[str, ...]:
    """One sentence for each payee from whom these lines, which were not booked, would take more than is payable."""
    taken: Counter[tuple[str, str]] = Counter()
    freed: Counter[tuple[str, str]] = Counter()
    held: Counter[tuple[str, str]] = Counter()
    for line in lines:
        key, minor = (line.owner, line.amount.currency), line.amount.amount_minor
        if line.account in PAYEE_ACCOUNTS:
            taken[key] += minor
        if line.account == Account.RESERVE and line.event == "reserve_released":
            freed[key] += minor
        if line.account == Account.ESCROW and minor > 0:
            held[key] += minor
    return short(recoveries(+taken, freed=freed, held=held))


def short(found: Iterable[Taken]) -> tuple[str, ...]:
    """The sentences of those who have too little that is free."""
    return tuple(str(each) for each in found if each.is_short)


def _name(owner: str) -> str:
    person = User.objects.filter(public_id=owner).first()
    return person.called if person else owner
