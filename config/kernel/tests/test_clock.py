"""Time has a zone, and only doors read the clock."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config.kernel.clock import from_epoch, now

ROOT = Path(__file__).resolve().parents[3]


class TestNow:
    def test_is_in_utc(self) -> None:
        assert now().tzinfo is UTC

    def test_goes_on(self) -> None:
        first = now()
        assert timedelta() <= now() - first < timedelta(minutes=1)


class TestFromEpoch:
    def test_is_the_instant_in_utc(self) -> None:
        assert from_epoch(0) == datetime(1970, 1, 1, tzinfo=UTC)
        assert from_epoch(1_763_683_200) == datetime(2025, 11, 21, tzinfo=UTC)


def readers_of_the_clock(source: str) -> bool:
    """Whether the code calls a clock: `now()` of our own, of Django's, or of the standard library."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in (
                "now",
                "clock.now",
                "timezone.now",
                "datetime.now",
                "datetime.utcnow",
                "date.today",
                "time.time",
            ):
                return True
    return False


class TestPassedIn:
    def test_rules_and_models_never_read_the_clock(self) -> None:
        """L7: the door reads it once, and everything behind it is given the time."""
        behind = [
            path
            for app in ("config", "orders", "payments", "payouts", "crm", "engagement")
            for name in ("rules.py", "states.py", "models.py", "queries.py", "recipes.py", "services.py")
            for path in (ROOT / app).rglob(name)
            if "tests" not in path.parts and "sandbox" not in path.parts
        ]
        assert len(behind) > 20
        assert [str(path.relative_to(ROOT)) for path in behind if readers_of_the_clock(path.read_text())] == []

    def test_would_notice(self) -> None:
        assert readers_of_the_clock("at = timezone.now()")
        assert not readers_of_the_clock("due_at = models.DateTimeField(db_default=Now())")
