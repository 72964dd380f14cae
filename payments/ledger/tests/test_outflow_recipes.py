"""Money that left a gateway unexplained stands in suspense under its case, until it is back."""

from __future__ import annotations

from config.kernel.money import Money
from payments.ledger.accounts import Account
from payments.ledger.outflow_recipes import outflow_found, outflow_returned
from payments.ledger.recipes import Draft


def written(draft: Draft) -> set[tuple[str, str, str, int, str]]:
    return {
        (str(line.account), line.owner, line.ref, line.amount.amount_minor, line.external_ref) for line in draft.lines
    }


class TestFound:
    def test_five_thousand_are_somewhere(self) -> None:
        draft = outflow_found(
            outflow_id="out_1", pot=Account.CLEARING, account="stripe", amount=Money(5_000, "USD"), external_ref="tr_1"
        )
        assert (draft.key, draft.subject_id) == ("outflow:out_1:found", "out_1")
        assert written(draft) == {
            ("suspense", "", "out_1", 5_000, ""), ("clearing", "stripe", "", -5_000, "tr_1"),
        }  # fmt: skip

    def test_or_out_of_the_float(self) -> None:
        draft = outflow_found(
            outflow_id="out_1", pot=Account.FLOAT, account="razorpayx", amount=Money(590, "INR"), external_ref="pout_1"
        )
        assert written(draft) == {("suspense", "", "out_1", 590, ""), ("float", "razorpayx", "", -590, "pout_1")}


class TestReturned:
    def back(self, minor: int, total_minor: int) -> Draft:
        return outflow_returned(
            outflow_id="out_1", pot=Account.CLEARING, account="stripe", amount=Money(minor, "USD"),
            total_minor=total_minor, external_ref="tr_1",
        )  # fmt: skip

    def test_a_part_that_came_back_is_explained(self) -> None:
        assert written(self.back(2_000, 2_000)) == {
            ("clearing", "stripe", "", 2_000, "tr_1"), ("suspense", "", "out_1", -2_000, ""),
        }  # fmt: skip

    def test_each_sum_in_all_is_booked_once(self) -> None:
        assert self.back(2_000, 2_000).key == "outflow:out_1:returned:2000"
        assert self.back(3_000, 5_000).key == "outflow:out_1:returned:5000"
