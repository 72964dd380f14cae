"""What a bounty is worth begins at an instant, and never in the past."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from config.audit.models import AuditEntry
from payouts.scouts.models import BountyRate
from payouts.scouts.queries import rate_of, rates_at
from payouts.scouts.rules import Rate
from payouts.scouts.services.rates import RateInThePast, RateTaken, RateUnknownCurrency, set_rate
from payouts.scouts.tests.scouting import AT, traces

pytestmark = pytest.mark.django_db


def rate(amount_minor: int, from_at: datetime = AT, currency: str = "INR", least_sale_minor: int = 0) -> BountyRate:
    return set_rate(
        currency=currency, amount_minor=amount_minor, least_sale_minor=least_sale_minor, from_at=from_at,
        actor="user:admin", reason="spring", at=AT,
    )  # fmt: skip


class TestSetRate:
    def test_holds_from_its_instant_on(self) -> None:
        later = AT + timedelta(days=1)
        rate(2_000)
        rate(3_000, later, least_sale_minor=7)
        found = [rate_of("INR", at=at) for at in (AT - timedelta(seconds=1), AT, later - timedelta(1), later)]
        first, second = Rate(AT, 2_000, 0), Rate(later, 3_000, 7)
        assert found == [Rate(None, 1_000, 10_000), first, first, second]
        assert rate_of("USD", at=later) == Rate(None, 0, 0)

    def test_of_every_currency_is_listed(self) -> None:
        rate(2_000)
        rate(300, AT + timedelta(days=1), "USD", 500)
        assert rates_at(AT) == {"INR": Rate(AT, 2_000, 0), "USD": Rate(None, 0, 0)}
        assert rates_at(AT + timedelta(days=1))["USD"] == Rate(AT + timedelta(days=1), 300, 500)

    def test_keeps_who_and_why(self) -> None:
        rate(2_000)
        entry = AuditEntry.objects.get(act="rate_set")
        assert (entry.actor, entry.reason) == ("user:admin", "spring")

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"from_at": AT - timedelta(seconds=1)}, RateInThePast),
            ({"currency": "XXX"}, RateUnknownCurrency),
            ({"amount_minor": -1}, RateUnknownCurrency),
            ({"least_sale_minor": -1}, RateUnknownCurrency),
        ],
    )
    def test_refuses(self, given: dict[str, Any], error: type[Exception]) -> None:
        before = traces()
        with pytest.raises(error):
            rate(**({"amount_minor": 5} | given))
        assert traces() == before

    def test_refuses_two_at_once(self) -> None:
        rate(2_000)
        with pytest.raises(RateTaken):
            rate(3_000)

    def test_is_never_changed(self) -> None:
        row = rate(2_000)
        with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
            BountyRate.objects.filter(pk=row.pk).update(amount_minor=1)
