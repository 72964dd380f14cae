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


class TestReserve:
    def test_what_was_kept_is_the_payees(self) -> None:
        draft = recipes.reserve_released(owner="usr_a", number=3, amount=usd(700), why="kept of hold_1")
        assert (draft.key, draft.subject_id, draft.memo) == ("reserve:usr_a:USD:3:released", "usr_a", "kept of hold_1")
        assert written(draft) == {
            ("reserve", "usr_a", "", 700, "USD"),
            ("payable", "usr_a", "", -700, "USD"),
        }
        assert not draft.takes_back

    def test_and_the_other_way_round(self) -> None:
        draft = recipes.reserve_kept(owner="usr_a", number=4, amount=usd(700), why="refilled")
        assert draft.key == "reserve:usr_a:USD:4:kept"
        assert written(draft) == {
            ("payable", "usr_a", "", 700, "USD"),
            ("reserve", "usr_a", "", -700, "USD"),
        }
        assert not draft.takes_back
