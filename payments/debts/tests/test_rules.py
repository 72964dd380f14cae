"""How much of a debt may end, and how old it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from payments.debts.rules import age_band, may_end

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class TestMayEnd:
    @pytest.mark.parametrize("amount", [1, 499, 500])
    def test_up_to_what_is_owed(self, amount: int) -> None:
        assert may_end(amount_minor=amount, owed_minor=500)

    @pytest.mark.parametrize(("amount", "owed"), [(501, 500), (1, 0), (0, 500), (-1, 500)])
    def test_and_no_more(self, amount: int, owed: int) -> None:
        assert may_end(amount_minor=amount, owed_minor=owed).code == "exceeds_debt"


class TestAgeBand:
    @pytest.mark.parametrize(
        ("days", "band"),
        [
            (0, "up to 30 days"), (29, "up to 30 days"), (30, "30 to 60 days"), (60, "60 to 90 days"),
            (90, "over 90 days"), (400, "over 90 days"),
        ],
    )  # fmt: skip
    def test_says_how_old_it_is(self, days: int, band: str) -> None:
        assert age_band(AT - timedelta(days=days), at=AT) == band
