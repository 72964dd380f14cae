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


class TestEndsOfDebts:
    def test_repaid_to_our_bank(self) -> None:
        draft = recipes.debt_repaid(
            proposal_id="dbp_1", owner="usr_a", bank_account="main", amount=usd(700), reference="UTR 1"
        )
        assert (draft.key, draft.subject_id) == ("debt:dbp_1:repaid", "dbp_1")
        assert written(draft) == {("bank", "main", "", 700, "USD"), ("receivable", "usr_a", "", -700, "USD")}
        assert draft.lines[0].external_ref == "UTR 1"

    def test_written_off(self) -> None:
        draft = recipes.debt_written_off(proposal_id="dbp_1", owner="usr_a", amount=usd(700))
        assert draft.key == "debt:dbp_1:written_off"
        assert written(draft) == {("bad_debt", "usr_a", "", 700, "USD"), ("receivable", "usr_a", "", -700, "USD")}
        assert not draft.takes_back

    def test_what_was_written_off_and_is_given_back_is_no_expense(self) -> None:
        draft = recipes.write_off_undone(
            cause_key="refund:rf_1:voided:usr_a", subject_id="rf_1", owner="usr_a", amount=usd(500)
        )
        assert (draft.key, draft.subject_id) == ("writeoff_undone:refund:rf_1:voided:usr_a", "rf_1")
        assert written(draft) == {
            ("payable", "usr_a", "", 500, "USD"),
            ("bad_debt", "usr_a", "", -500, "USD"),
        }
        assert not draft.takes_back
