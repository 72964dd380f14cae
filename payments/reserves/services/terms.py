"""Says what is kept back of a seller's releases."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.accounts.models import User
from config.audit.services import record
from config.kernel.errors import Invalid
from config.kernel.money import EXPONENTS, Money
from payments.ledger.services import lock_balance
from payments.reserves import rules
from payments.reserves.models import ReserveTerms
from payments.reserves.queries import terms_of
from payments.reserves.rules import Terms
from payments.reserves.services.level import free_surplus


class BadReserveTerms(Invalid):
    """These terms of a reserve make no sense, or are of nobody who sells."""

    code = "bad_reserve_terms"


def set_reserve_terms(
    *,
    owner: str,
    currency: str,
    fixed_minor: int,
    rolling_bps: int,
    rolling_days: int,
    actor: str,
    reason: str,
    at: datetime,
) -> bool:
    """What is kept back of a seller from now on; False where it is so already.

    More is filled from the next releases; less frees at once what nothing explains any more. What earlier releases
    keep stays until the day that they were given. Raises BadReserveTerms.
    """
    wanted = Terms(fixed_minor, rolling_bps, rolling_days)
    verdict = rules.may_set(wanted)
    if not verdict:
        raise BadReserveTerms(verdict.detail)
    if currency not in EXPONENTS:
        raise BadReserveTerms("no currency that we know", field="currency")
    with transaction.atomic():
        if not User.objects.filter(public_id=owner).exists():
            raise BadReserveTerms("reserves are kept of sellers", field="owner")
        row = lock_balance(owner, currency)
        before = terms_of(owner, currency)
        if before == wanted:
            return False
        ReserveTerms.objects.update_or_create(
            owner=owner,
            currency=currency,
            defaults={
                "fixed_minor": fixed_minor,
                "rolling_bps": rolling_bps,
                "rolling_days": rolling_days,
                "set_by": actor,
                "set_at": at,
            },
        )
        facts = {"before": _told(before, currency), "after": _told(wanted, currency)}
        record(row, act="reserve terms set", actor=actor, at=at, reason=reason, facts=facts)
        free_surplus(owner, currency, why="other terms", actor=actor, at=at)
    return True


def _told(terms: Terms, currency: str) -> str:
    return f"{Money(terms.fixed_minor, currency)} fixed, {terms.rolling_bps} bps for {terms.rolling_days} days"
