"""What scouts read of themselves, of their bounties and of the best: every field, and nothing of whom they brought."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from orders.tests.factories import AT
from payouts.payees.serializers import standing_json
from payouts.scouts import serializers
from payouts.scouts.models import Bounty
from payouts.scouts.queries import Leader
from payouts.scouts.serializers import LeaderboardInput, NameInput, bounty_json, leader_json, month, scout_json
from payouts.scouts.tests.scouting import bring, buys, follow, make_scout

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


class TestScout:
    def test_says_all_of_them_and_nothing_of_others(self, settings: Any) -> None:
        settings.PUBLIC_URL = "https://holdfast.example"
        scout = make_scout()
        scout.display_name = "Swift"
        for _ in range(2):
            recruit = bring(scout)
        bring(make_scout())
        follow(buys(recruit))
        assert scout_json(scout, at=AT) == {
            "id": scout.public_id, "code": scout.code, "link": f"https://holdfast.example/?ref={scout.code}",
            "display_name": "Swift", "is_active": True, "payee": scout.payee.public_id, "recruits": 2,
            "balances": [standing_json(scout.payee, "INR", at=AT)],
        }  # fmt: skip

    def test_counts_no_further_than_it_says(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(serializers, "MANY", 2)
        scout = make_scout()
        for _ in range(3):
            bring(scout)
        assert scout_json(scout, at=AT)["recruits"] == 2


class TestBounty:
    @pytest.mark.parametrize(
        ("becomes", "status", "matured", "reversed_"),
        [("", "accrued", False, False), ("completed", "matured", True, False), ("refunded", "reversed", False, True)],
    )
    def test_says_what_became_of_it_and_not_of_whom(
        self, becomes: str, status: str, matured: bool, reversed_: bool
    ) -> None:
        order = buys(bring(make_scout()))
        follow(order)
        if becomes:
            follow(order, becomes)
        bounty = Bounty.objects.get()
        assert bounty_json(bounty) == {
            "id": bounty.public_id, "event": "first_order", "status": status,
            "amount": {"amount_minor": 1_000, "currency": "INR"}, "accrued_at": AT, "matured_at": bounty.matured_at,
            "reversed_at": bounty.reversed_at,
        }  # fmt: skip
        assert (bounty.matured_at is not None, bounty.reversed_at is not None) == (matured, reversed_)


def test_a_leader_is_a_rank_a_name_and_an_amount() -> None:
    assert leader_json(Leader(rank=3, name="Swift", bounties=7, amount_minor=7_000), "INR") == {
        "rank": 3, "name": "Swift", "bounties": 7, "amount": {"amount_minor": 7_000, "currency": "INR"},
    }  # fmt: skip


class TestMonth:
    @pytest.mark.parametrize(
        ("period", "since", "until"),
        [("2026-11", (2026, 11), (2026, 12)), ("2026-12", (2026, 12), (2027, 1)), ("2026-01", (2026, 1), (2026, 2))],
    )
    def test_ends_where_the_next_begins(self, period: str, since: tuple[int, int], until: tuple[int, int]) -> None:
        assert month(period) == (datetime(*since, 1, tzinfo=UTC), datetime(*until, 1, tzinfo=UTC))


class TestInputs:
    @pytest.mark.parametrize("period", ["2026-00", "2026-13", "2026-1", "1999-01", "2026-11-01", "2026-11\n2"])
    def test_a_month_that_is_none(self, period: str) -> None:
        assert not LeaderboardInput(data={"period": period}).is_valid()

    def test_ours_and_now_where_nothing_is_said(self) -> None:
        asked = LeaderboardInput(data={})
        assert asked.is_valid()
        assert asked.validated_data == {"currency": "INR"}

    def test_a_name_may_be_taken_away_and_is_short(self) -> None:
        assert NameInput(data={"display_name": ""}).is_valid()
        assert not NameInput(data={"display_name": "x" * 41}).is_valid()
