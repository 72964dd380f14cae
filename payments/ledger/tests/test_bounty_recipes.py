"""The recipes of bounties, with their arithmetic visible."""

from __future__ import annotations

import pytest

from config.kernel.money import Money
from payments.ledger import bounty_recipes as recipes
from payments.ledger.accounts import Account
from payments.ledger.recipes import Draft

TEN = Money(1_000, "INR")
ZERO = Money(0, "INR")


def written(draft: Draft) -> list[tuple[str, str, int]]:
    return [(line.account, line.owner, line.amount.amount_minor) for line in draft.lines]


class TestRecipes:
    def test_accrued(self) -> None:
        draft = recipes.bounty_accrued(bounty_id="bty_1", owner="pye_1", amount=TEN)
        assert draft.key == "bounty:bty_1:accrued"
        assert written(draft) == [(Account.BOUNTIES, "", 1_000), (Account.RESERVE, "pye_1", -1_000)]
        assert not draft.takes_back

    def test_matured(self) -> None:
        draft = recipes.bounty_matured(bounty_id="bty_1", owner="pye_1", amount=TEN)
        assert draft.key == "bounty:bty_1:matured"
        assert written(draft) == [(Account.RESERVE, "pye_1", 1_000), (Account.PAYABLE, "pye_1", -1_000)]

    def test_reversed_before_it_matured(self) -> None:
        draft = recipes.bounty_withdrawn(bounty_id="bty_1", owner="pye_1", amount=TEN)
        assert written(draft) == [(Account.RESERVE, "pye_1", 1_000), (Account.BOUNTIES, "", -1_000)]
        assert not draft.takes_back, "nothing that was theirs is taken"

    @pytest.mark.parametrize(
        ("payable", "owed", "lines"),
        [
            (1_000, 0, [(Account.PAYABLE, 1_000)]),
            (400, 600, [(Account.PAYABLE, 400), (Account.RECEIVABLE, 600)]),
            (0, 1_000, [(Account.RECEIVABLE, 1_000)]),
        ],
    )
    def test_reversed_afterwards(self, payable: int, owed: int, lines: list[tuple[str, int]]) -> None:
        draft = recipes.bounty_taken_back(
            bounty_id="bty_1", owner="pye_1", payable=Money(payable, "INR"), receivable=Money(owed, "INR")
        )
        assert written(draft) == [
            *((account, "pye_1", amount) for account, amount in lines),
            (Account.BOUNTIES, "", -1_000),
        ]
        assert draft.takes_back

    def test_is_reversed_once_whichever_way(self) -> None:
        keys = {
            recipes.bounty_withdrawn(bounty_id="b", owner="p", amount=TEN).key,
            recipes.bounty_taken_back(bounty_id="b", owner="p", payable=TEN, receivable=ZERO).key,
        }
        assert keys == {"bounty:b:reversed"}
