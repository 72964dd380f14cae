"""Reads of the books: balances, statements, and what a dry run would have written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import CharField, F, Max, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.module_loading import import_string

from config.accounts.models import User
from config.kernel.bookline import BookLine
from config.kernel.money import Money
from payments.ledger.models import LedgerEntry, LedgerLine, PayeeBalance, SealedBalance
from payments.ledger.preview import booked


def balance_minor(account: str, *, currency: str, owner: str = "", ref: str = "") -> int:
    """The signed sum (debits above zero) of an account, over one owner or ref where they are given."""
    lines = LedgerLine.objects.filter(account=account, currency=currency)
    if owner:
        lines = lines.filter(owner=owner)
    if ref:
        lines = lines.filter(ref=ref)
    return int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)


def with_names(rows: QuerySet[PayeeBalance]) -> QuerySet[PayeeBalance]:
    """Balances with `said`, what people call the payee whose each is: one look into an index for each row."""
    person = User.objects.filter(public_id=OuterRef("owner"))
    named = person.annotate(said=Coalesce(NullIf("name", Value("")), F("email"), output_field=CharField()))
    other = import_string(settings.PAYEE_NAMES)()
    said = Coalesce(Subquery(named.values("said")[:1]), Subquery(other.values("said")[:1]), F("owner"))
    return rows.annotate(said=said)


def actor_of(owner: str) -> str:
    """How the payee whom the books call `owner` is named where they act; empty where that is nobody."""
    person = User.objects.filter(public_id=owner).first()
    return person.actor if person is not None else str(import_string(settings.PAYEE_ACTOR)(owner))


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of an owner's statement, with the balance after it (debits above zero)."""

    posted_at: datetime
    event: str
    subject_id: str
    key: str
    amount: Money
    balance: Money


def statement(
    account: str, *, owner: str, currency: str, since: datetime, until: datetime, limit: int = 500
) -> tuple[Money, list[StatementLine]]:
    """(opening balance, lines posted in `[since, until)`), oldest first, `limit` lines at most."""
    lines = LedgerLine.objects.filter(account=account, owner=owner, currency=currency)
    opening = _opening_minor(lines, account, owner=owner, currency=currency, since=since)
    running, shown = opening, []
    within = lines.filter(entry__posted_at__gte=since, entry__posted_at__lt=until).select_related("entry")
    for line in within.order_by("entry__posted_at", "pk")[:limit]:
        running += line.amount_minor
        shown.append(
            StatementLine(
                posted_at=line.entry.posted_at,
                event=line.entry.event,
                subject_id=line.entry.subject_id,
                key=line.entry.key,
                amount=Money(line.amount_minor, currency),
                balance=Money(running, currency),
            )
        )
    return Money(opening, currency), shown


def _opening_minor(lines: QuerySet[LedgerLine], account: str, *, owner: str, currency: str, since: datetime) -> int:
    """What the account came to before `since`: from the newest seal that is older, so that a statement of these days
    does not read years. What was sealed was posted before it was sealed."""
    before = lines.filter(entry__posted_at__lt=since)
    seals = SealedBalance.objects.filter(sealed_at__lte=since)
    seal = seals.aggregate(newest=Max("sealed_xact_id"))["newest"]
    sealed = 0
    if seal is not None:
        balances = SealedBalance.objects.filter(sealed_xact_id=seal, account=account, owner=owner, currency=currency)
        sealed = int(balances.aggregate(total=Sum("amount_minor"))["total"] or 0)
        before = before.filter(entry__xact_id__gte=seal)
    return sealed + int(before.aggregate(total=Sum("amount_minor"))["total"] or 0)


def last_entry_id() -> int:
    """The newest entry's id, as a mark for `written_since`."""
    return int(LedgerEntry.objects.aggregate(last=Max("id"))["last"] or 0)


def written_since(mark: int, *, limit: int = 200) -> list[BookLine]:
    """Each line written after `mark`, in the order of its writing, `limit` at most."""
    lines = LedgerLine.objects.filter(entry_id__gt=mark).select_related("entry").order_by("entry_id", "id")[:limit]
    return list(booked(lines))
