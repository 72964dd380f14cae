"""What providers hand over are plain values that nobody can change on the way."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from config.admin.panel import Figure, Panel, Tone, WorkItem, WorkList, count_text, numbered


class TestCountText:
    @pytest.mark.parametrize(
        ("number", "text"), [(0, "0"), (12, "12"), (999, "999"), (1_000, "1,000+"), (1_001, "1,000+")]
    )
    def test_says_when_counting_stopped(self, number: int, text: str) -> None:
        assert count_text(number, cap=1_000) == text

    def test_groups_thousands(self) -> None:
        assert count_text(1_234_567, cap=10_000_000) == "1,234,567"


class TestNumbered:
    @pytest.mark.parametrize(
        ("number", "text"), [(0, "0 payouts"), (1, "1 payout"), (2, "2 payouts"), (1_000, "1,000 payouts")]
    )
    def test_one_is_not_many(self, number: int, text: str) -> None:
        assert numbered(number, "payout") == text


class TestValues:
    def test_have_quiet_defaults(self) -> None:
        assert Figure("inbox", "0") == Figure("inbox", "0", Tone.NEUTRAL, "")
        assert Panel("Queues").figures == ()
        assert WorkList("Dead", "0") == WorkList("Dead", "0", (), Tone.NEUTRAL, "")
        assert WorkItem("evt_1").since is None

    @pytest.mark.parametrize("value", [Figure("a", "1"), Panel("a"), WorkItem("a"), WorkList("a", "1")])
    def test_are_frozen(self, value: object) -> None:
        name = "title" if hasattr(value, "title") else "label"
        with pytest.raises(FrozenInstanceError):
            setattr(value, name, "other")
