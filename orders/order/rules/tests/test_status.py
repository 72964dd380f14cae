"""Tests of where an order stands, and of what may happen to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.fulfilment.states import FulfilmentStatus
from orders.order.rules import derive_status, may_close_unpaid, may_expire, may_take
from orders.order.states import ORDER_STATES, OrderStatus

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
AWAITING, CANCELLING, REVIEW = "awaiting", "cancelling", "review"
DELIVERED, COMPLETED, CANCELLED = "delivered", "completed", "cancelled"


def derive(
    status: str,
    parts: list[str],
    *,
    applied: int = 100,
    back: int = 0,
    lost: int = 0,
    over: bool = False,
    kept: bool = False,
) -> str:
    return derive_status(
        status=status, total_minor=100, applied_minor=applied, refunded_minor=back, lost_minor=lost,
        fulfilments=parts, reservation_over=over, keeps_money=kept,
    )  # fmt: skip


class TestDeriveStatus:
    @pytest.mark.parametrize(
        ("status", "parts", "sums", "expected"),
        [
            # waiting for money
            ("pending_payment", [AWAITING], {"applied": 0}, "pending_payment"),
            ("pending_payment", [AWAITING], {"applied": 99}, "pending_payment"),
            ("pending_payment", [AWAITING], {"applied": 100}, "paid"),
            ("pending_payment", [AWAITING], {"applied": 0, "over": True}, "pending_payment"),
            ("pending_payment", [CANCELLING], {"applied": 0}, "pending_payment"),
            ("pending_payment", [CANCELLED, AWAITING], {"applied": 0}, "pending_payment"),
            ("pending_payment", [CANCELLED, CANCELLED], {"applied": 0}, "cancelled"),
            ("pending_payment", [CANCELLED], {"applied": 0, "over": True}, "expired"),
            # money decides before the reservation does
            ("pending_payment", [CANCELLED], {"applied": 100, "over": True}, "paid"),
            # paid
            ("paid", [AWAITING], {}, "paid"),
            ("paid", [AWAITING, DELIVERED], {}, "paid"),
            ("paid", [CANCELLING, DELIVERED], {}, "paid"),
            ("paid", [REVIEW, DELIVERED], {}, "paid"),
            ("paid", [DELIVERED, COMPLETED], {}, "delivered"),
            ("paid", [DELIVERED, CANCELLED], {"back": 50}, "delivered"),
            ("paid", [COMPLETED], {}, "delivered"),
            ("paid", [CANCELLED, CANCELLED], {}, "cancelled"),
            ("paid", [CANCELLED], {"back": 100}, "cancelled"),
            ("paid", [AWAITING], {"back": 99}, "paid"),
            ("paid", [AWAITING], {"back": 100}, "refunded"),
            ("paid", [AWAITING], {"back": 60, "lost": 40}, "refunded"),
            ("paid", [AWAITING], {"lost": 99}, "paid"),
            ("paid", [DELIVERED], {"back": 100}, "refunded"),
            # delivered
            ("delivered", [DELIVERED], {}, "delivered"),
            ("delivered", [DELIVERED, COMPLETED], {}, "delivered"),
            ("delivered", [COMPLETED, CANCELLED], {}, "completed"),
            ("delivered", [COMPLETED, COMPLETED], {"back": 99}, "completed"),
            ("delivered", [DELIVERED], {"back": 100}, "refunded"),
            # completed
            ("completed", [COMPLETED], {"back": 99}, "completed"),
            ("completed", [COMPLETED], {"back": 100}, "refunded"),
            # its money came back
            ("refunded", [AWAITING], {"kept": True}, "paid"),
            ("refunded", [AWAITING, COMPLETED], {"back": 99, "kept": True}, "paid"),
            ("refunded", [REVIEW, CANCELLED], {"kept": True}, "paid"),
            ("refunded", [DELIVERED, COMPLETED], {"kept": True}, "delivered"),
            ("refunded", [COMPLETED, CANCELLED], {"back": 60, "lost": 39, "kept": True}, "completed"),
            # it bounced and is still owed; all of it is gone after all; there is nobody who could keep it
            ("refunded", [AWAITING], {"back": 0}, "refunded"),
            ("refunded", [DELIVERED], {"back": 100, "kept": True}, "refunded"),
            ("refunded", [DELIVERED], {"back": 60, "lost": 40, "kept": True}, "refunded"),
            ("refunded", [CANCELLED], {"kept": True}, "refunded"),
            # final, whatever is said
            ("cancelled", [AWAITING], {"applied": 100}, "cancelled"),
            ("expired", [AWAITING], {"applied": 100}, "expired"),
            ("refunded", [DELIVERED], {"back": 0}, "refunded"),
            ("refunded", [CANCELLED], {"back": 100}, "refunded"),
        ],
    )
    def test_table(self, status: str, parts: list[str], sums: dict[str, Any], expected: str) -> None:
        assert derive(status, parts, **sums) == expected

    @given(
        status=st.sampled_from(OrderStatus.values),
        parts=st.lists(st.sampled_from(FulfilmentStatus.values), min_size=1, max_size=4),
        applied=st.sampled_from([0, 50, 100]),
        back=st.integers(0, 100),
        lost=st.integers(0, 100),
        over=st.booleans(),
        kept=st.booleans(),
    )
    def test_takes_only_steps_of_the_table_and_comes_to_rest(
        self, status: str, parts: list[str], applied: int, back: int, lost: int, over: bool, kept: bool
    ) -> None:
        seen = [status]
        sums: dict[str, Any] = {"applied": applied, "back": back, "lost": lost, "over": over, "kept": kept}
        while (following := derive(seen[-1], parts, **sums)) != seen[-1]:
            assert ORDER_STATES.allows(seen[-1], following)
            assert following not in seen
            seen.append(following)


class TestMayTake:
    @pytest.mark.parametrize(
        ("status", "applied", "amount", "ok"),
        [
            ("pending_payment", 0, 100, True),
            ("pending_payment", 0, 1, True),
            ("pending_payment", 40, 60, True),
            ("pending_payment", 40, 61, False),
            ("pending_payment", 0, 0, False),
            ("pending_payment", 0, -1, False),
            ("paid", 100, 1, False),
            ("paid", 0, 100, False),
            ("cancelled", 0, 100, False),
            ("expired", 0, 100, False),
            ("refunded", 0, 100, False),
        ],
    )
    def test_only_what_is_due_and_only_while_it_waits(self, status: str, applied: int, amount: int, ok: bool) -> None:
        verdict = may_take(status=status, total_minor=100, applied_minor=applied, amount_minor=amount)
        assert (verdict.ok, verdict.code) == (ok, "" if ok else "order_takes_no_more")


class TestMayCloseUnpaid:
    @pytest.mark.parametrize(
        ("status", "applied", "code"),
        [
            ("pending_payment", 0, ""),
            ("pending_payment", 1, "order_has_money"),
            ("paid", 100, "order_has_money"),
            ("expired", 0, "order_not_unpaid"),
            ("cancelled", 0, "order_not_unpaid"),
        ],
    )
    def test_only_while_it_waits_and_has_nothing(self, status: str, applied: int, code: str) -> None:
        assert may_close_unpaid(status=status, applied_minor=applied).code == code


class TestMayExpire:
    @pytest.mark.parametrize(
        ("attempts", "seconds_left", "code"),
        [
            (0, 0, ""),
            (0, -1, ""),
            (0, 1, "reservation_running"),
            (1, 1, "reservation_running"),
            (1, 0, "attempt_open"),
        ],
    )
    def test_only_after_its_time_and_with_every_gateway_object_closed(
        self, attempts: int, seconds_left: int, code: str
    ) -> None:
        until = AT + timedelta(seconds=seconds_left)
        assert may_expire(open_attempts=attempts, reserved_until=until, at=AT).code == code
