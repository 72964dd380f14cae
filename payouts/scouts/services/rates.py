"""Says what a bounty is worth from an instant on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from config.audit.services import record
from config.kernel.errors import Conflict, Unprocessable
from config.kernel.money import EXPONENTS
from payouts.scouts.models import BountyRate


class RateInThePast(Unprocessable):
    """What was earned was earned at the rate of that day: a rate begins now or later."""

    code = "rate_in_the_past"


class RateTaken(Conflict):
    """Another rate begins at the same instant."""

    code = "rate_taken"


class RateUnknownCurrency(Unprocessable):
    """A rate is an amount of zero or more in a currency that we know."""

    code = "rate_unreadable"


def set_rate(
    *, currency: str, amount_minor: int, least_sale_minor: int, from_at: datetime, actor: str, reason: str, at: datetime
) -> BountyRate:
    """From `from_at` on a bounty is worth `amount_minor`, where the first order or the sold listing comes to
    `least_sale_minor` or more; an amount of 0 ends bounties in this currency. Raises RateInThePast, RateTaken,
    RateUnknownCurrency."""
    if currency not in EXPONENTS or amount_minor < 0 or least_sale_minor < 0:
        raise RateUnknownCurrency(field="currency")
    if from_at < at:
        raise RateInThePast(field="from_at")
    try:
        with transaction.atomic():
            rate = BountyRate.objects.create(
                currency=currency, amount_minor=amount_minor, least_sale_minor=least_sale_minor, from_at=from_at,
                set_by=actor, reason=reason[:300], created_at=at,
            )  # fmt: skip
            facts: dict[str, Any] = {"currency": currency, "amount_minor": amount_minor}
            facts |= {"least_sale_minor": least_sale_minor, "from_at": from_at.isoformat()}
            record(rate, act="rate_set", actor=actor, at=at, reason=reason, facts=facts)
    except IntegrityError as error:
        if "a_bounty_is_worth_one_amount_at_a_time" not in str(error):
            raise
        raise RateTaken(field="from_at") from error
    return rate
