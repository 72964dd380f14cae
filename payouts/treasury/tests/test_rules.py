"""Which credit is which movement, on plain values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from payouts.treasury.rules import ALIKE_WITHIN, Side, counterpart

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def side(key: str, reference: str = "", **later: float) -> Side[str]:
    return Side(key, reference, AT + timedelta(**later))


class TestCounterpart:
    def test_is_the_one_with_its_reference_however_far_away(self) -> None:
        others = [side("near", "UTR-2", minutes=1), side("named", "UTR-1", days=-30)]
        assert counterpart(side("one", "UTR-1"), others) == "named"

    @pytest.mark.parametrize("written", ["axir 000-1", "AXIR0001", "axir/0001 "])
    def test_however_a_bank_writes_it(self, written: str) -> None:
        assert counterpart(side("one", "AXIR0001"), [side("other", "X"), side("named", written, days=-30)]) == "named"

    def test_else_the_nearest_in_time_before_or_after(self) -> None:
        others = [side("far", "A", hours=-5), side("near", "B", hours=2), side("late", "C", days=3)]
        assert counterpart(side("one", "Z"), others) == "near"

    @pytest.mark.parametrize("sign", [1, -1])
    def test_and_none_that_is_a_week_away(self, sign: int) -> None:
        within, beyond = ALIKE_WITHIN * sign, (ALIKE_WITHIN + timedelta(seconds=1)) * sign
        assert counterpart(side("one", "Z"), [Side("other", "A", AT + within)]) == "other"
        assert counterpart(side("one", "Z"), [Side("other", "A", AT + beyond)]) is None

    def test_no_reference_names_nobody(self) -> None:
        assert counterpart(side("one", "--"), [side("other", "", days=30)]) is None
        assert counterpart(side("one"), []) is None
