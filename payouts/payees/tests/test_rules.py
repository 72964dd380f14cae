"""Why somebody is not paid is one line, and always the one to begin with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from payouts.payees.rules import Facts, next_due, why_approve, why_not_paid

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
GOOD = Facts(at=NOW, payable_minor=10_000, minimum_minor=1_000, fee_minor=50, destination="active")


class TestWhyNotPaid:
    def test_who_has_everything_is_paid(self) -> None:
        assert why_not_paid(GOOD)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"is_erased": True}, "payee_erased"),
            ({"is_held": True}, "payee_held"),
            ({"receivable_minor": 1}, "payee_owes"),
            ({"stranded_minor": 1}, "stranded_in_account"),
            ({"payable_minor": 0}, "nothing_payable"),
            ({"payable_minor": 999}, "below_minimum"),
            ({"payable_minor": 50, "minimum_minor": 0}, "below_fee"),
            ({"destination": "", "coming": ""}, "no_destination"),
            ({"destination": "", "coming": "proposed"}, "destination_to_approve"),
            ({"destination": "", "coming": "verifying"}, "destination_verifying"),
            ({"destination": "suspended"}, "destination_suspended"),
            ({"cools_until": NOW + timedelta(seconds=1)}, "destination_cooling"),
            ({"is_shut": True}, "destination_shut"),
            ({"is_to_mend": True}, "destination_to_mend"),
            ({"offers": False}, "rail_not_offered"),
            ({"rail_refuses": "too much for one payout"}, "rail_refuses"),
            ({"destination": "", "refused": "the name is another one's"}, "destination_rejected"),
            ({"payable_minor": 0, "frozen_minor": 5}, "payout_under_way"),
            ({"payable_minor": 0, "frozen_minor": 5, "unapproved_minor": 5}, "payout_to_approve"),
            ({"payable_minor": 0, "frozen_minor": 5, "waits_because": "the float is low"}, "payout_waits"),
            ({"payable_minor": 0, "reserve_minor": 5}, "all_in_reserve"),
            ({"is_on_request": True}, "on_request"),
            ({"due_at": NOW + timedelta(seconds=1)}, "not_due"),
        ],
    )
    def test_each_thing_that_is_missing_has_its_line(self, changes: dict[str, Any], code: str) -> None:
        verdict = why_not_paid(replace(GOOD, **changes))
        assert (verdict.ok, verdict.code) == (False, code)
        assert verdict.detail
        assert len(verdict.detail) < 120

    @pytest.mark.parametrize(
        "changes",
        [
            {"payable_minor": 1_000},
            {"cools_until": NOW},
            {"coming": "verifying"},
            {"fee_minor": 9_999},
            {"due_at": NOW},
            {"frozen_minor": 5, "unapproved_minor": 5},
            {"frozen_minor": 5, "waits_because": "the float is low"},
            {"reserve_minor": 5},
        ],
    )
    def test_at_the_edge_they_are_paid(self, changes: dict[str, Any]) -> None:
        assert why_not_paid(replace(GOOD, **changes))

    def test_what_the_rail_wants_is_said_in_its_words(self) -> None:
        assert why_not_paid(replace(GOOD, destination="suspended", needs="send a copy of your passport")).detail == (
            "send a copy of your passport"
        )

    def test_a_payout_that_waits_is_not_on_its_way(self) -> None:
        waits = replace(GOOD, payable_minor=0, frozen_minor=5, reserve_minor=5, waits_because="the float is low")
        assert why_not_paid(waits).detail == "a payout waits: the float is low"
        assert why_not_paid(replace(waits, waits_because="")).code == "payout_under_way"

    def test_of_many_reasons_the_one_to_begin_with_is_named(self) -> None:
        everything = Facts(at=NOW, payable_minor=0, receivable_minor=5, is_held=True)
        assert why_not_paid(everything).code == "payee_held"
        assert why_not_paid(replace(everything, is_held=False)).code == "payee_owes"
        assert why_not_paid(replace(everything, is_held=False, receivable_minor=0)).code == "nothing_payable"


class TestNextDue:
    def test_daily_is_the_next_midnight(self) -> None:
        assert next_due(schedule="daily", weekday=0, after=NOW) == datetime(2026, 11, 22, tzinfo=UTC)

    @pytest.mark.parametrize("weekday", range(7))
    def test_weekly_is_the_next_such_day_and_never_today(self, weekday: int) -> None:
        found = next_due(schedule="weekly", weekday=weekday, after=NOW)
        assert found is not None
        assert found.weekday() == weekday
        assert timedelta() < found - NOW <= timedelta(days=7)

    def test_on_request_is_never(self) -> None:
        assert next_due(schedule="on_request", weekday=0, after=NOW) is None

    def test_midnight_is_not_its_own_successor(self) -> None:
        midnight = datetime(2026, 11, 21, tzinfo=UTC)
        assert next_due(schedule="daily", weekday=0, after=midnight) == midnight + timedelta(days=1)


class TestWhyApprove:
    def test_the_first_one_that_nobody_else_has_needs_nobody(self) -> None:
        assert why_approve(is_changed=False, shared_with=0) == ""

    def test_says_every_reason(self) -> None:
        found = why_approve(is_changed=True, shared_with=2)
        assert found == "it takes the place of another one, and 2 other payees have the same"
        assert why_approve(is_changed=False, shared_with=1) == "one other payee has the same"
        alone = why_approve(is_changed=False, shared_with=0, is_for_another=True)
        assert alone == "the payee did not propose it themselves"
