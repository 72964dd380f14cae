"""Every recipe of payees with its arithmetic in sight."""

from __future__ import annotations

from config.kernel.money import Money
from payments.ledger import payee_recipes as recipes
from payments.ledger.tests.test_recipes import written


def usd(amount_minor: int) -> Money:
    return Money(amount_minor, "USD")


class TestSetOff:
    def test_a_debt_is_paid_out_of_what_we_owe(self) -> None:
        draft = recipes.set_off(cause_key="release:hold_1:usr_a", subject_id="hold_1", owner="usr_a", amount=usd(700))
        assert draft.key == "setoff:release:hold_1:usr_a"
        assert written(draft) == {
            ("payable", "usr_a", "", 700, "USD"),
            ("receivable", "usr_a", "", -700, "USD"),
        }
        assert not draft.takes_back
