"""What a payout freezes leaves from the pot that it is drawn on, or comes back to its payee."""

from __future__ import annotations

from typing import Any

import pytest

from config.kernel.money import Money, MoneyError
from payments.ledger.accounts import Account
from payments.ledger.payout_recipes import (
    Pot,
    Recovered,
    float_funded,
    payout_fee,
    payout_frozen,
    payout_paid,
    payout_paid_late,
    payout_returned,
    payout_transferred,
    payout_unfrozen,
    transfer_replaced,
    transfer_reversed,
)
from payments.ledger.recipes import Draft

FLOAT = Pot(Account.FLOAT, "razorpayx")
CONNECTED = Pot(Account.CONNECTED, "usr_1")


def inr(minor: int) -> Money:
    return Money(minor, "INR")


def written(draft: Draft) -> set[tuple[str, str, str, int, str]]:
    return {
        (str(line.account), line.owner, line.ref, line.amount.amount_minor, line.external_ref) for line in draft.lines
    }


class TestFrozen:
    def test_all_that_is_payable_stands_in_transit(self) -> None:
        draft = payout_frozen(payout_id="po_1", owner="usr_1", gross=inr(8_850), fee=inr(0))
        assert (draft.key, draft.subject_id, draft.event) == ("payout:po_1:frozen", "po_1", "payout_frozen")
        assert written(draft) == {("payable", "usr_1", "", 8_850, ""), ("in_transit", "usr_1", "po_1", -8_850, "")}

    def test_a_fee_that_the_payee_bears_is_recovered_from_it(self) -> None:
        draft = payout_frozen(payout_id="po_1", owner="usr_1", gross=inr(8_850), fee=inr(50))
        assert written(draft) == {
            ("payable", "usr_1", "", 8_850, ""), ("fees_recovered", "", "", -50, ""),
            ("in_transit", "usr_1", "po_1", -8_800, ""),
        }  # fmt: skip

    def test_it_names_whose_it_is(self) -> None:
        with pytest.raises(MoneyError):
            payout_frozen(payout_id="po_1", owner="", gross=inr(8_850), fee=inr(0))

    def test_unfrozen_it_is_as_if_nothing_had_been(self) -> None:
        frozen = payout_frozen(payout_id="po_1", owner="usr_1", gross=inr(8_850), fee=inr(50))
        back = payout_unfrozen(payout_id="po_1", owner="usr_1", gross=inr(8_850), fee=inr(50))
        assert back.key == "payout:po_1:unfrozen"
        assert written(back) == {(account, owner, ref, -minor, seen) for account, owner, ref, minor, seen in
                                 written(frozen)}  # fmt: skip


class TestPaid:
    def test_it_leaves_the_float(self) -> None:
        draft = payout_paid(payout_id="po_1", owner="usr_1", pot=FLOAT, net=inr(8_800), external_ref="pout_1")
        assert draft.key == "payout:po_1:paid"
        assert written(draft) == {
            ("in_transit", "usr_1", "po_1", 8_800, ""), ("float", "razorpayx", "", -8_800, "pout_1"),
        }  # fmt: skip

    def test_by_a_file_it_leaves_the_bank(self) -> None:
        pot = Pot(Account.BANK, "main")
        draft = payout_paid(payout_id="po_1", owner="usr_1", pot=pot, net=inr(8_800), external_ref="UTR1")
        assert ("bank", "main", "", -8_800, "UTR1") in written(draft)

    def test_at_a_gateway_it_goes_over_the_payees_account(self) -> None:
        moved = payout_transferred(
            payout_id="po_1", owner="usr_1", gateway_account="stripe", net=inr(8_800), transfer_id="tr_1"
        )
        paid = payout_paid(payout_id="po_1", owner="usr_1", pot=CONNECTED, net=inr(8_800), external_ref="po_9")
        assert moved.key == "payout:po_1:transferred"
        assert written(moved) == {
            ("connected", "usr_1", "", 8_800, "tr_1"), ("clearing", "stripe", "", -8_800, "tr_1"),
        }  # fmt: skip
        assert ("connected", "usr_1", "", -8_800, "po_9") in written(paid)


class TestComesBack:
    def test_after_it_was_paid_it_is_payable_again(self) -> None:
        draft = payout_returned(payout_id="po_1", owner="usr_1", pot=FLOAT, net=inr(8_800), external_ref="pout_1")
        assert draft.key == "payout:po_1:returned"
        assert written(draft) == {("float", "razorpayx", "", 8_800, "pout_1"), ("payable", "usr_1", "", -8_800, "")}

    def test_each_sum_of_a_transfer_that_came_back_is_booked_once(self) -> None:
        def back(minor: int, total_minor: int) -> Draft:
            return transfer_reversed(
                payout_id="po_1", owner="usr_1", gateway_account="stripe", amount=inr(minor), total_minor=total_minor,
                transfer_id="tr_1",
            )  # fmt: skip

        assert back(3_000, 3_000).key != back(3_000, 6_000).key
        assert written(back(3_000, 6_000)) == {
            ("clearing", "stripe", "", 3_000, "tr_1"), ("connected", "usr_1", "", -3_000, "tr_1"),
        }  # fmt: skip


class TestPaidLate:
    def test_what_the_payee_has_twice_is_taken_back_from_where_it_is(self) -> None:
        taken = Recovered(inr(5_000), inr(1_000), inr(2_800))
        draft = payout_paid_late(payout_id="po_1", owner="usr_1", pot=FLOAT, taken=taken, external_ref="pout_1")
        assert written(draft) == {
            ("payable", "usr_1", "", 5_000, ""), ("reserve", "usr_1", "", 1_000, ""),
            ("receivable", "usr_1", "", 2_800, ""), ("float", "razorpayx", "", -8_800, "pout_1"),
        }  # fmt: skip

    def test_each_time_is_an_entry_of_its_own(self) -> None:
        def keys(number: int) -> set[str]:
            about: dict[str, Any] = {"payout_id": "po_1", "owner": "usr_1", "pot": FLOAT, "external_ref": "pout_1"}
            taken = Recovered(inr(1), inr(0), inr(0))
            late = payout_paid_late(**about, taken=taken, number=number)
            return {late.key, payout_returned(**about, net=inr(1), number=number).key}

        assert keys(1) == {"payout:po_1:paid_late", "payout:po_1:returned"}
        assert keys(2) == {"payout:po_1:paid_late:2", "payout:po_1:returned:2"}


class TestTransferReplaced:
    def test_what_was_paid_out_of_other_earnings_is_theirs(self) -> None:
        draft = transfer_replaced(payout_id="po_1", owner="usr_1", amount=inr(400), transfer_id="tr_1", number=2)
        assert draft.key == "payout:po_1:transfer_replaced:2"
        assert written(draft) == {("connected", "usr_1", "", 400, "tr_1"), ("payable", "usr_1", "", -400, "")}


class TestFee:
    def test_the_rails_fee_is_ours_and_its_tax_is_input_tax(self) -> None:
        draft = payout_fee(payout_id="po_1", pot=FLOAT, fee=inr(590), tax=inr(90), external_ref="pout_1")
        assert draft.key == "payout:po_1:fee"
        assert written(draft) == {
            ("payout_fees", "", "", 500, ""), ("input_tax", "", "", 90, ""),
            ("float", "razorpayx", "", -590, "pout_1"),
        }  # fmt: skip


class TestFloat:
    def test_is_funded_from_our_bank(self) -> None:
        draft = float_funded(
            move_id="tm_1", rail_account="razorpayx", bank_account="main", amount=inr(1_000_000), reference="UTR9"
        )
        assert draft.key == "treasury:tm_1:funded"
        assert written(draft) == {
            ("float", "razorpayx", "", 1_000_000, "UTR9"), ("bank", "main", "", -1_000_000, "UTR9"),
        }  # fmt: skip
