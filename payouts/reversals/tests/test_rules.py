"""How much is taken back."""

from __future__ import annotations

import pytest

from payouts.payout.rules import split_returned
from payouts.reversals.rules import Transferred, left_minor, may_decide, may_send, share_out


class TestShareOut:
    @pytest.mark.parametrize(
        ("debt", "lefts", "parts"),
        [
            (300, [("a", 500)], [("a", 300)]),
            (600, [("a", 500), ("b", 500)], [("a", 500), ("b", 100)]),
            (2_000, [("a", 500), ("b", 500)], [("a", 500), ("b", 500)]),
            (100, [("a", 0), ("b", 500)], [("b", 100)]),
            (0, [("a", 500)], []),
            (-5, [("a", 500)], []),
        ],
    )
    def test_never_more_than_is_left_nor_than_is_owed(
        self, debt: int, lefts: list[tuple[int, int]], parts: list[tuple[int, int]]
    ) -> None:
        assert list(share_out(debt, lefts)) == parts


class TestMaySend:
    @pytest.mark.parametrize(
        ("cause", "amount", "debt", "code"),
        [
            ("debt", 300, 300, ""),
            ("debt", 301, 300, "no_such_debt"),
            ("debt", 801, 9_000, "more_than_is_left"),
            ("stranded", 500, 0, ""),
            ("stranded", 501, 0, "not_in_their_account"),
            ("stranded", 801, 0, "more_than_is_left"),
        ],
    )
    def test_looks_once_more(self, cause: str, amount: int, debt: int, code: str) -> None:
        transfer = Transferred(net_minor=1_000, returned_minor=200, in_account_minor=500)
        assert left_minor(transfer) == 800
        verdict = may_send(cause=cause, amount_minor=amount, debt_minor=debt, transfer=transfer)
        assert verdict.code == code


class TestMayStop:
    @pytest.mark.parametrize(
        ("is_half_way", "amount", "code"),
        [(True, 500, ""), (True, 501, "not_in_their_account"), (False, 500, "payout_goes_on")],
    )
    def test_only_what_was_not_made_yet(self, is_half_way: bool, amount: int, code: str) -> None:
        transfer = Transferred(net_minor=1_000, returned_minor=200, in_account_minor=500, is_half_way=is_half_way)
        assert may_send(cause="stopped", amount_minor=amount, debt_minor=0, transfer=transfer).code == code


class TestMayDecide:
    @pytest.mark.parametrize(("actor", "allowed"), [("user:a", False), ("user:p", False), ("user:b", True)])
    def test_neither_who_proposed_it_nor_the_payee(self, actor: str, allowed: bool) -> None:
        assert bool(may_decide(proposed_by="user:a", payee="user:p", actor=actor)) is allowed


class TestSplit:
    @pytest.mark.parametrize(
        ("returned", "in_account", "parts"),
        [(500, 1_000, (500, 0)), (500, 200, (200, 300)), (500, 0, (0, 500)), (500, -100, (0, 500))],
    )
    def test_first_out_of_what_stands_there_for_the_payout(
        self, returned: int, in_account: int, parts: tuple[int, int]
    ) -> None:
        assert split_returned(returned_minor=returned, in_account_minor=in_account) == parts
