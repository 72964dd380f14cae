"""Who must let a payout go, what is believed of a rail, and what its word makes of a payout."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.kernel.money import Money
from payouts.payout.rules import (
    RESEND_WITHIN,
    RESENDS,
    WHY_SECOND,
    Known,
    is_covered,
    is_news,
    is_that,
    is_that_transfer,
    may_decide,
    may_go_alone,
    may_resend,
    target_of,
)
from payouts.payout.states import PAYOUT_STATES
from payouts.rails.contract import PayoutView, RailState, RailTransferView

RUPEES = Money(10_000, "INR")
KNOWN = Known(public_id="po_1", net=RUPEES, account_id="fa_1")
VIEW = PayoutView(
    payout_id="pout_1", state=RailState.PROCESSING, amount=RUPEES, account_id="fa_1", our_id="po_1", call_id="call_1",
    created_at=datetime(2026, 11, 21, tzinfo=UTC), livemode=False,
)  # fmt: skip


class TestMayGoAlone:
    GOOD: dict[str, Any] = {
        "net_minor": 60, "alone_minor": 40, "threshold_minor": 100, "is_first": False, "is_first_to_destination": False,
    }  # fmt: skip

    def test_up_to_the_threshold(self) -> None:
        assert may_go_alone(**self.GOOD)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"net_minor": 101}, "above_threshold"),
            ({"net_minor": 61}, "above_threshold_of_day"),
            ({"alone_minor": 41}, "above_threshold_of_day"),
            ({"threshold_minor": None}, "no_threshold"),
            ({"is_first": True}, "first_payout"),
            ({"is_first_to_destination": True}, "first_to_destination"),
        ],
    )
    def test_else_it_says_why_not(self, change: dict[str, Any], code: str) -> None:
        verdict = may_go_alone(**{**self.GOOD, **change})
        assert (verdict.ok, verdict.code, verdict.detail) == (False, code, WHY_SECOND[code])


class TestMayDecide:
    @pytest.mark.parametrize(("actor", "ok"), [("user:other", True), ("user:asker", False), ("user:payee", False)])
    def test_neither_who_asked_nor_whose_money_it_is(self, actor: str, ok: bool) -> None:
        assert may_decide(requested_by="user:asker", payee="user:payee", actor=actor).ok is ok


class TestIsThat:
    def test_by_mark_amount_and_account(self) -> None:
        assert is_that(KNOWN, VIEW)
        assert is_that(replace(KNOWN, rail_payout_id="pout_1"), replace(VIEW, our_id=""))

    @pytest.mark.parametrize(
        "change",
        [{"our_id": "po_2"}, {"our_id": ""}, {"amount": Money(9_999, "INR")}, {"account_id": "fa_2"}],
    )
    def test_else_not(self, change: dict[str, Any]) -> None:
        assert not is_that(KNOWN, replace(VIEW, **change))

    def test_nor_another_one_once_we_know_its_id(self) -> None:
        assert not is_that(replace(KNOWN, rail_payout_id="pout_2"), VIEW)

    def test_the_same_of_a_transfer(self) -> None:
        view = RailTransferView(
            transfer_id="tr_1", amount=RUPEES, returned=Money(0, "INR"), account_id="acct_1", our_id="po_1",
            call_id="call_1", created_at=VIEW.created_at, livemode=False,
        )  # fmt: skip
        assert is_that_transfer(KNOWN, view)
        assert not is_that_transfer(KNOWN, replace(view, amount=Money(1, "INR")))
        assert not is_that_transfer(KNOWN, replace(view, our_id="po_2"))
        assert not is_that_transfer(replace(KNOWN, rail_transfer_id="tr_2"), view)


class TestTarget:
    @pytest.mark.parametrize(
        ("state", "status", "target"),
        [
            (RailState.QUEUED, "sending", "in_transit"),
            (RailState.PROCESSING, "sending", "in_transit"),
            (RailState.PAID, "in_transit", "paid"),
            (RailState.PAID, "failed", "paid_late"),
            (RailState.PAID, "cancelled", "paid_late"),
            (RailState.PAID, "returned", "paid_late"),
            (RailState.RETURNED, "paid_late", "returned"),
            (RailState.FAILED, "in_transit", "failed"),
            (RailState.FAILED, "paid", "returned"),
            (RailState.RETURNED, "paid", "returned"),
            (RailState.RETURNED, "in_transit", "failed"),
            (RailState.CANCELLED, "in_transit", "cancelled"),
            (RailState.CANCELLED, "sending", "failed"),
        ],
    )
    def test_what_is_told_makes_of_it(self, state: RailState, status: str, target: str) -> None:
        assert target_of(state, status) == target
        assert PAYOUT_STATES.allows(status, target)


class TestResend:
    GOOD: dict[str, Any] = {"replays": True, "resends": 0, "absences": 0, "age": timedelta()}

    def test_at_first_while_the_rail_replays(self) -> None:
        assert may_resend(**self.GOOD)

    @pytest.mark.parametrize(
        "change", [{"replays": False}, {"resends": RESENDS}, {"absences": 1}, {"age": RESEND_WITHIN}]
    )
    def test_else_only_looking_counts(self, change: dict[str, Any]) -> None:
        assert not may_resend(**{**self.GOOD, **change})


class TestCovered:
    @pytest.mark.parametrize(("stands", "flying", "ok"), [(100, 0, True), (99, 0, False), (150, 50, True),
                                                          (150, 51, False), (-5, 0, False)])  # fmt: skip
    def test_by_what_nobody_else_will_take(self, stands: int, flying: int, ok: bool) -> None:
        assert is_covered(stands_minor=stands, in_flight_minor=flying, net_minor=100) is ok


class TestNews:
    @pytest.mark.parametrize(
        ("status", "state", "news"),
        [
            ("paid", RailState.PAID, False),
            ("paid", RailState.RETURNED, True),
            ("paid", RailState.FAILED, True),
            ("paid", RailState.PROCESSING, False),  # older than what we know
            ("in_transit", RailState.PROCESSING, False),
            ("in_transit", RailState.PAID, True),
            ("failed", RailState.RETURNED, False),  # the float is credited there, and never left here
            ("failed", RailState.PAID, True),
            ("paid_late", RailState.PAID, False),
            ("returned", RailState.RETURNED, False),
            ("returned", RailState.PAID, True),  # it must not go by in silence
            ("cancelled", RailState.PAID, True),
            ("cancelled", RailState.CANCELLED, False),
        ],
    )
    def test_what_a_list_shows_against_what_we_know(self, status: str, state: RailState, news: bool) -> None:
        assert is_news(status=status, rail_payout_id="pout_1", state=state) is news

    def test_one_that_we_do_not_know_by_its_id_yet_is(self) -> None:
        assert is_news(status="sending", rail_payout_id=None, state=RailState.PROCESSING)
