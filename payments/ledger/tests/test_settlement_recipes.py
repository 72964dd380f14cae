"""A gateway's payouts to our bank: from clearing to settling and back, in either direction."""

from __future__ import annotations

from typing import Any

import pytest

from config.kernel.money import Money
from payments.ledger.recipes import Draft, Unbalanced
from payments.ledger.settlement_recipes import settlement_announced, settlement_returned

GIVEN: dict[str, Any] = {"settlement_id": "stl_1", "account": "stripe", "external_ref": "po_1"}


def written(draft: Draft) -> set[tuple[str, str, int, str]]:
    return {(str(line.account), line.owner, line.amount.amount_minor, line.external_ref) for line in draft.lines}


class TestAnnounced:
    def test_ten_thousand_leave_clearing_for_the_bank(self) -> None:
        draft = settlement_announced(amount=Money(10_000, "USD"), **GIVEN)
        assert (draft.key, draft.event, draft.subject_id) == (
            "settlement:stl_1:announced", "settlement_announced", "stl_1",
        )  # fmt: skip
        assert written(draft) == {("settling", "stripe", 10_000, ""), ("clearing", "stripe", -10_000, "po_1")}

    def test_below_zero_the_bank_pays_the_gateway(self) -> None:
        draft = settlement_announced(amount=Money(-700, "EUR"), **GIVEN)
        assert written(draft) == {("settling", "stripe", -700, ""), ("clearing", "stripe", 700, "po_1")}

    def test_nothing_is_no_entry(self) -> None:
        with pytest.raises(Unbalanced):
            settlement_announced(amount=Money(0, "USD"), **GIVEN)


class TestReturned:
    @pytest.mark.parametrize("minor", [10_000, -700])
    def test_undoes_just_what_was_announced(self, minor: int) -> None:
        there = settlement_announced(amount=Money(minor, "USD"), **GIVEN)
        back = settlement_returned(amount=Money(minor, "USD"), **GIVEN)
        assert back.key == "settlement:stl_1:returned"
        assert {(account, owner, -amount, ref) for account, owner, amount, ref in written(there)} == written(back)
