"""Tests of how a refund falls on lines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel.money import BPS
from orders.order.rules import ExceedsRefundable, LineRefund, RefundableLine, split_refund, split_restore


def line(
    amount_minor: int, *, refunded_minor: int = 0, platform: int = 0, gateway: int = 0, tax: int = 0
) -> RefundableLine:
    return RefundableLine(
        amount_minor=amount_minor, refunded_minor=refunded_minor, platform_fee_minor=platform,
        gateway_fee_minor=gateway, tax_minor=tax, withheld_minor=0,
    )  # fmt: skip


def after(row: RefundableLine, refund: LineRefund) -> RefundableLine:
    return replace(row, refunded_minor=row.refunded_minor + refund.amount_minor)


class TestSplitRefund:
    def test_goes_by_largest_remainder_as_in_the_example(self) -> None:
        """MONEY §1: 5,000 of 10,000 over 3,333 / 3,333 / 3,334 is 1,667 / 1,666 / 1,667."""
        lines = [line(3_333, platform=333), line(3_333, platform=333), line(3_334, platform=333)]
        parts = split_refund(5_000, lines)
        assert [part.amount_minor for part in parts] == [1_667, 1_666, 1_667]
        # 333·1,667/3,333 = 166.55, 333·1,666/3,333 = 166.45, 333·1,667/3,334 = 166.5
        assert [part.platform_fee_minor for part in parts] == [166, 166, 166]

    def test_the_rest_gives_back_what_is_missing_of_each_fee(self) -> None:
        lines = [line(3_333, platform=333), line(3_333, platform=333), line(3_334, platform=333)]
        halves = split_refund(5_000, lines)
        rest = split_refund(5_000, [after(row, half) for row, half in zip(lines, halves, strict=True)])
        assert [part.amount_minor for part in rest] == [1_666, 1_667, 1_667]
        assert [half.platform_fee_minor + part.platform_fee_minor for half, part in zip(halves, rest, strict=True)] == [
            333, 333, 333,
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("amount", "left", "expected"),
        [
            (0, [5, 5], [0, 0]),
            (1, [5, 5], [1, 0]),
            (1, [0, 5], [0, 1]),
            (10, [5, 5], [5, 5]),
            (3, [1, 1, 1], [1, 1, 1]),
            (2, [1, 1, 1], [1, 1, 0]),
            (7, [1, 9], [1, 6]),
        ],
    )
    def test_table(self, amount: int, left: list[int], expected: list[int]) -> None:
        lines = [line(10, refunded_minor=10 - minor) for minor in left]
        assert [part.amount_minor for part in split_refund(amount, lines)] == expected

    @pytest.mark.parametrize("amount", [-1, 11, 10**18])
    def test_refuses_more_than_what_is_left(self, amount: int) -> None:
        with pytest.raises(ExceedsRefundable) as refused:
            split_refund(amount, [line(20, refunded_minor=15), line(5)])
        assert refused.value.code == "exceeds_refundable"

    def test_a_step_may_give_back_two_floored_units_at_once(self) -> None:
        row = line(10, platform=5, gateway=5)
        first = split_refund(1, [row])[0]
        second = split_refund(1, [after(row, first)])[0]
        assert (first.seller_minor, second.seller_minor) == (1, -1)

    @given(
        rows=st.lists(
            st.tuples(st.integers(1, 10**6), st.integers(0, 5_000), st.integers(0, 2_000), st.integers(0, 2_000)),
            min_size=1,
            max_size=6,
        ),
        shares=st.lists(st.integers(0, BPS), min_size=1, max_size=6),
    )
    def test_any_steps_to_a_full_refund_give_back_exactly_everything(
        self, rows: list[tuple[int, int, int, int]], shares: list[int]
    ) -> None:
        start = [
            line(amount, platform=amount * p // BPS, gateway=amount * q // BPS, tax=amount * t // BPS)
            for amount, p, q, t in rows
        ]
        lines, steps = start, []
        for share in [*shares, BPS]:
            left_minor = sum(row.left_minor for row in lines)
            amount_minor = left_minor * share // BPS
            parts = split_refund(amount_minor, lines)
            assert sum(part.amount_minor for part in parts) == amount_minor
            lines = [after(row, part) for row, part in zip(lines, parts, strict=True)]
            assert all(row.left_minor >= 0 for row in lines)
            steps.append(parts)
            for index, row in enumerate(start):
                # Over all steps so far no fee is given back beyond itself, and the seller never gave less than nothing.
                so_far = [step[index] for step in steps]
                assert sum(part.platform_fee_minor for part in so_far) <= row.platform_fee_minor
                assert sum(part.seller_minor for part in so_far) >= 0
        for index, row in enumerate(start):
            taken = [step[index] for step in steps]
            assert sum(part.amount_minor for part in taken) == row.amount_minor
            assert sum(part.platform_fee_minor for part in taken) == row.platform_fee_minor
            assert sum(part.gateway_fee_minor for part in taken) == row.gateway_fee_minor
            assert sum(part.tax_minor for part in taken) == row.tax_minor


class TestSplitRestore:
    def test_gives_each_line_what_went_back_of_it_and_its_fees(self) -> None:
        lines = [line(3_333, platform=333), line(3_333, platform=333), line(3_334, platform=333)]
        taken = split_refund(5_000, lines)
        gone = [after(row, part) for row, part in zip(lines, taken, strict=True)]
        assert split_restore(5_000, gone) == taken

    @pytest.mark.parametrize("amount", [-1, 16])
    def test_refuses_more_than_what_went_back(self, amount: int) -> None:
        with pytest.raises(ExceedsRefundable):
            split_restore(amount, [line(20, refunded_minor=15), line(5)])

    @given(
        rows=st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 5_000)), min_size=1, max_size=5),
        share=st.integers(0, BPS),
        back=st.integers(0, BPS),
    )
    def test_any_part_that_comes_back_leaves_fees_as_if_it_had_not_gone(
        self, rows: list[tuple[int, int]], share: int, back: int
    ) -> None:
        lines = [line(amount, platform=amount * p // BPS) for amount, p in rows]
        taken = split_refund(sum(row.left_minor for row in lines) * share // BPS, lines)
        gone = [after(row, part) for row, part in zip(lines, taken, strict=True)]
        amount_minor = sum(row.refunded_minor for row in gone) * back // BPS
        restored = split_restore(amount_minor, gone)
        assert sum(part.amount_minor for part in restored) == amount_minor
        for row, first, second in zip(lines, taken, restored, strict=True):
            left = first.amount_minor - second.amount_minor
            assert 0 <= left <= row.amount_minor
            given = row.platform_fee_minor * left // row.amount_minor
            assert first.platform_fee_minor - second.platform_fee_minor == given
