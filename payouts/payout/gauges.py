"""Payouts by state and what is missing on floats, for the metrics of operations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Sum

from config.ops.counting import by_value
from config.ops.gauges import Readings, key
from payouts.payout.floats import floats
from payouts.payout.models import Payout
from payouts.payout.states import FROZEN, PayoutStatus


def by_state(at: datetime) -> Readings:
    """How many payouts are in each state: exact while there are few, estimated from there on."""
    del at
    return {
        key("holdfast_payouts", state=state): number
        for state, number in by_value(Payout, "status", PayoutStatus.values).items()
    }


def pending(at: datetime) -> list[dict[str, Any]]:
    """Payouts whose money stands in transit: how many and how much, by state and currency."""
    del at
    sums = Payout.objects.filter(status__in=FROZEN).values_list("status", "currency")
    rows = sums.annotate(payouts=Count("pk"), net_minor=Sum("net_minor")).order_by("status", "currency")
    return [
        {"status": status, "payouts": number, "net": {"amount_minor": net_minor, "currency": currency}}
        for status, currency, number, net_minor in rows
    ]


def missing_on_floats(at: datetime) -> Readings:
    """What each float lacks for the payouts that are approved, in minor units."""
    del at
    return {
        key("holdfast_float_missing_minor", account=each.rail_account, currency=each.currency): each.missing_minor
        for each in floats()
    }
