"""When held money may leave, and when it must."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orders.fulfilment.states import FulfilmentStatus
from payments.escrow.rules import may_release, may_time_out, must_leave_by
from payments.escrow.states import HoldStatus

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class TestMayRelease:
    @pytest.mark.parametrize("fulfilment", ["delivered", "completed"])
    def test_after_delivery_unfrozen_and_with_nothing_going_back(self, fulfilment: str) -> None:
        assert may_release(hold_status="held", fulfilment_status=fulfilment, has_open_refund=False)

    @pytest.mark.parametrize("fulfilment", sorted(set(FulfilmentStatus.values) - {"delivered", "completed"}))
    def test_not_before(self, fulfilment: str) -> None:
        verdict = may_release(hold_status="held", fulfilment_status=fulfilment, has_open_refund=False)
        assert verdict.code == "not_delivered"

    @pytest.mark.parametrize("hold", sorted(set(HoldStatus.values) - {"held"}))
    def test_from_no_hold_but_one_that_is_held(self, hold: str) -> None:
        verdict = may_release(hold_status=hold, fulfilment_status="delivered", has_open_refund=False)
        assert verdict.code == ("hold_frozen" if hold == "frozen" else "hold_not_held")

    def test_not_while_a_refund_is_open(self) -> None:
        verdict = may_release(hold_status="held", fulfilment_status="delivered", has_open_refund=True)
        assert verdict.code == "refund_open"


class TestMayTimeOut:
    @pytest.mark.parametrize("late", [timedelta(), timedelta(days=9)])
    def test_what_is_awaited_when_its_time_has_come(self, late: timedelta) -> None:
        assert may_time_out(fulfilment_status="awaiting", deliver_by=AT, at=AT + late)

    @pytest.mark.parametrize("deliver_by", [None, AT + timedelta(microseconds=1)])
    def test_not_before_its_time(self, deliver_by: datetime | None) -> None:
        assert may_time_out(fulfilment_status="awaiting", deliver_by=deliver_by, at=AT).code == "not_due"

    @pytest.mark.parametrize("status", sorted(set(FulfilmentStatus.values) - {"awaiting"}))
    def test_nothing_that_is_not_awaited(self, status: str) -> None:
        assert may_time_out(fulfilment_status=status, deliver_by=AT, at=AT).code == "not_awaiting"


class TestMustLeaveBy:
    def test_is_the_gateways_limit_after_the_opening(self) -> None:
        assert must_leave_by(opened_at=AT, hold_limit_days=90) == AT + timedelta(days=90)
