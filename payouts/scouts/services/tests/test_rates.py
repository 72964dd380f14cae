"""What a bounty is worth begins at an instant, and never in the past."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from config.audit.models import AuditEntry
from payouts.scouts.models import BountyRate
from payouts.scouts.queries import bounty_minor
from payouts.scouts.services.rates import RateInThePast, RateTaken, RateUnknownCurrency, set_rate
from payouts.scouts.tests.scouting import AT, traces

pytestmark = pytest.mark.django_db


def rate(amount_minor: int, from_at: datetime = AT, currency: str = "INR") -> BountyRate:
    return set_rate(
        currency=currency, amount_minor=amount_minor, from_at=from_at, actor="user:admin", reason="spring", at=AT
    )


class TestSetRate:
    def test_holds_from_its_instant_on(self) -> None:
        later = AT + timedelta(days=1)
        rate(2_000)
        rate(3_000, later)
        found = [bounty_minor("INR", at=at) for at in (AT - timedelta(seconds=1), AT, later - timedelta(1), later)]
        assert found == [1_000, 2_000, 2_000, 3_000]
        assert bounty_minor("USD", at=later) == 0

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
