"""Every recipe of refunds with its arithmetic in sight."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from payments.ledger import refund_recipes
from payments.ledger.recipes import Draft, Unbalanced
from payments.ledger.refund_recipes import RefundPart, Waterfall
from payments.ledger.tests.test_recipes import usd, written


def fall(p: int, q: int, t: int, w: int, payable: int, reserve: int, receivable: int) -> Waterfall:
    return Waterfall(*(usd(part) for part in (p, q, t, w, payable, reserve, receivable)))


class TestRefundAllocated:
    def draft(self, *parts: RefundPart) -> Draft:
        return refund_recipes.refund_allocated(refund_id="rf_1", payment_id="pay_1", parts=parts)

    def test_from_money_that_is_held(self) -> None:
        draft = self.draft(RefundPart(usd(5_000), hold_id="hold_1", owner="usr_a"))
        assert draft.key == "refund:rf_1:allocated"
        assert written(draft) == {
            ("escrow", "usr_a", "hold_1", 5_000, "USD"),
            ("refunds", "", "rf_1", -5_000, "USD"),
        }

    def test_after_release_the_fees_come_back_and_the_rest_falls(self) -> None:
        """5,000 = 500 + 75 + 103 + 50 of fees, then 4,272 = 3,000 payable + 1,000 reserve + 272 owed by the payee."""
        assert 500 + 75 + 103 + 50 + 4_272 == 5_000
        part = RefundPart(
            usd(5_000), hold_id="hold_1", owner="usr_a", waterfall=fall(500, 75, 103, 50, 3_000, 1_000, 272)
        )
        assert written(self.draft(part)) == {
            ("platform_fees", "", "", 500, "USD"),
            ("fees_recovered", "", "", 75, "USD"),
            ("tax_payable", "", "", 103, "USD"),
            ("withheld_tax", "", "", 50, "USD"),
            ("payable", "usr_a", "", 3_000, "USD"),
            ("reserve", "usr_a", "", 1_000, "USD"),
            ("receivable", "usr_a", "", 272, "USD"),
            ("refunds", "", "rf_1", -5_000, "USD"),
        }

    def test_two_floored_units_that_come_back_at_once_credit_the_payee(self) -> None:
        """1 goes back; 1 + 1 of fees come back with it: the payee gains the difference."""
        part = RefundPart(usd(1), hold_id="hold_1", owner="usr_a", waterfall=fall(1, 1, 0, 0, -1, 0, 0))
        assert written(self.draft(part)) == {
            ("platform_fees", "", "", 1, "USD"),
            ("fees_recovered", "", "", 1, "USD"),
            ("payable", "usr_a", "", -1, "USD"),
            ("refunds", "", "rf_1", -1, "USD"),
        }

    def test_from_money_that_nobody_may_keep(self) -> None:
        assert written(self.draft(RefundPart(usd(10_000)))) == {
            ("unapplied", "", "pay_1", 10_000, "USD"),
            ("refunds", "", "rf_1", -10_000, "USD"),
        }

    def test_out_of_our_own_pocket(self) -> None:
        assert written(self.draft(RefundPart(usd(300), is_goodwill=True))) == {
            ("goodwill", "", "", 300, "USD"),
            ("refunds", "", "rf_1", -300, "USD"),
        }

    def test_what_a_gateway_gave_beyond_what_was_left_is_a_loss_of_that_payment(self) -> None:
        """1,500 went back and 1,000 was left: 1,000 of the hold and 500 of ours."""
        parts = RefundPart(usd(1_000), hold_id="hold_1", owner="usr_a"), RefundPart(usd(500), is_loss=True)
        assert written(self.draft(*parts)) == {
            ("escrow", "usr_a", "hold_1", 1_000, "USD"),
            ("chargeback_losses", "", "pay_1", 500, "USD"),
            ("refunds", "", "rf_1", -1_500, "USD"),
        }

    def test_from_several_pots_at_once(self) -> None:
        """4,000 = 1,000 unapplied + 2,000 held + 1,000 released (100 of fees, 900 of the payee)."""
        released = RefundPart(usd(1_000), hold_id="hold_2", owner="usr_b", waterfall=fall(100, 0, 0, 0, 900, 0, 0))
        parts = RefundPart(usd(1_000)), RefundPart(usd(2_000), hold_id="hold_1", owner="usr_a"), released
        assert written(self.draft(*parts)) == {
            ("unapplied", "", "pay_1", 1_000, "USD"),
            ("escrow", "usr_a", "hold_1", 2_000, "USD"),
            ("platform_fees", "", "", 100, "USD"),
            ("payable", "usr_b", "", 900, "USD"),
            ("refunds", "", "rf_1", -4_000, "USD"),
        }

    def test_refuses_a_waterfall_that_is_not_its_part(self) -> None:
        part = RefundPart(usd(1_000), hold_id="hold_1", owner="usr_a", waterfall=fall(100, 0, 0, 0, 800, 0, 0))
        with pytest.raises(Unbalanced):
            self.draft(part)

    def test_a_waterfall_knows_its_total(self) -> None:
        assert fall(500, 75, 103, 50, 3_000, 1_000, 272).total == usd(5_000)


GIVEN: dict[str, Any] = {"refund_id": "rf_1", "account": "stripe", "amount": usd(5_000)}


class TestRefundSucceededAndBounced:
    def test_the_gateway_gave_it(self) -> None:
        draft = refund_recipes.refund_succeeded(**GIVEN, number=1, external_ref="re_1")
        assert draft.key == "refund:rf_1:succeeded:1"
        assert written(draft) == {
            ("refunds", "", "rf_1", 5_000, "USD"),
            ("clearing", "stripe", "", -5_000, "USD"),
        }

    def test_it_came_back_and_is_owed_again(self) -> None:
        draft = refund_recipes.refund_bounced(**GIVEN, number=1, external_ref="txn_9")
        assert draft.key == "refund:rf_1:bounced:1"
        assert written(draft) == {
            ("clearing", "stripe", "", 5_000, "USD"),
            ("refunds", "", "rf_1", -5_000, "USD"),
        }

    def test_each_success_and_each_bounce_is_an_event_of_its_own(self) -> None:
        keys = [
            make(**GIVEN, number=number, external_ref="re_1").key
            for make in (refund_recipes.refund_succeeded, refund_recipes.refund_bounced)
            for number in (1, 2)
        ]
        assert max(Counter(keys).values()) == 1


class TestRefundEnds:
    def test_paid_from_our_bank(self) -> None:
        draft = refund_recipes.refund_paid_otherwise(
            refund_id="rf_1", bank_account="main", amount=usd(4_000), reference="UTR 42"
        )
        assert draft.key == "refund:rf_1:paid_otherwise"
        assert written(draft) == {("refunds", "", "rf_1", 4_000, "USD"), ("bank", "main", "", -4_000, "USD")}
        assert {line.external_ref for line in draft.lines} == {"", "UTR 42"}

    def test_void_goes_back_to_each_pot_by_where_the_money_is(self) -> None:
        """3,000 held again; of 2,000 after release 200 + 30 fees and 1,770 to the seller; 500 goodwill; 100 loss."""
        parts = [
            RefundPart(amount=usd(3_000), hold_id="hold_1", owner="usr_a"),
            RefundPart(amount=usd(2_000), hold_id="hold_2", owner="usr_b", waterfall=fall(200, 30, 0, 0, 1_770, 0, 0)),
            RefundPart(amount=usd(500), is_goodwill=True),
            RefundPart(amount=usd(100), is_loss=True),
        ]
        draft = refund_recipes.refund_voided(refund_id="rf_1", payment_id="pay_1", parts=parts)
        assert draft.key == "refund:rf_1:voided"
        assert written(draft) == {
            ("refunds", "", "rf_1", 5_600, "USD"),
            ("escrow", "usr_a", "hold_1", -3_000, "USD"),
            ("platform_fees", "", "", -200, "USD"),
            ("fees_recovered", "", "", -30, "USD"),
            ("payable", "usr_b", "", -1_770, "USD"),
            ("goodwill", "", "", -500, "USD"),
            ("chargeback_losses", "", "pay_1", -100, "USD"),
        }
