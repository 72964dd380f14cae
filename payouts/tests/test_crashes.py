"""Every named place of money out at which a process may die is died at somewhere, and stands in the code."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

from config.kernel.faultpoints import PAYOUT_POINTS, POINTS

PAYOUTS = Path(settings.BASE_DIR) / "payouts"


def texts(*, tests: bool) -> str:
    """Every module of this app, those of tests (but this one) or the others."""
    paths = [path for path in sorted(PAYOUTS.rglob("*.py")) if ("tests" in path.parts) is tests]
    paths = [path for path in paths if path != Path(__file__)]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


class TestRegistry:
    def test_every_point_stands_in_the_code_and_no_other(self) -> None:
        code = texts(tests=False)
        assert {point for point in PAYOUT_POINTS if f'"{point}"' not in code} == set()
        assert set(re.findall(r'reached\("([^"]+)"\)', code)) <= set(PAYOUT_POINTS)

    def test_every_point_is_died_at_in_some_test(self) -> None:
        tests = texts(tests=True)
        assert "dying_at(" in tests
        assert {point for point in PAYOUT_POINTS if f'"{point}"' not in tests} == set()

    def test_none_is_one_of_the_payments(self) -> None:
        assert not set(PAYOUT_POINTS) & set(POINTS)
