"""Reads of reserves: what stands in one by right, and what of a release is kept."""

from __future__ import annotations

from django.db.models import Sum

from payments.ledger.models import PayeeBalance
from payments.reserves.models import DisputeReserve, ReserveSlice, ReserveTerms
from payments.reserves.rules import Kept, Terms, keep_of_release


def terms_of(owner: str, currency: str) -> Terms:
    """What is kept back of this payee; nothing where nobody ever said."""
    row = ReserveTerms.objects.filter(owner=owner, currency=currency).first()
    return row.terms if row else Terms()


def dated_minor(owner: str, currency: str) -> int:
    """What of a reserve has its day: what earlier releases keep in it, and open disputes."""
    keeping = {"owner": owner, "currency": currency, "freed_at__isnull": True}
    slices = ReserveSlice.objects.filter(**keeping, rolling_minor__gt=0).aggregate(total=Sum("rolling_minor"))
    disputed = DisputeReserve.objects.filter(**keeping).aggregate(total=Sum("kept_minor"))
    return int(slices["total"] or 0) + int(disputed["total"] or 0)


def level_minor(owner: str, currency: str) -> int:
    """Up to where a reserve may stand: the amount that stays, and what has its day. It may stand lower, where
    something was taken back from it."""
    return terms_of(owner, currency).fixed_minor + dated_minor(owner, currency)


def kept_of_release(row: PayeeBalance, *, earned_minor: int) -> tuple[Kept, Terms]:
    """What of a release that gives the payee so much is kept back, by the terms of now. For good only where the caller
    holds the balance locked."""
    terms = terms_of(row.owner, row.currency)
    kept = keep_of_release(
        earned_minor=earned_minor,
        owed_minor=row.receivable_minor,
        reserve_minor=row.reserve_minor,
        dated_minor=dated_minor(row.owner, row.currency) if terms.fixed_minor else 0,
        terms=terms,
    )
    return kept, terms
