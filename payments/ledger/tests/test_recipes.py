"""Every recipe with its arithmetic in sight: debits above zero, credits below, each entry zero in each currency."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from config.kernel.money import Money, MoneyError
from payments.ledger import recipes
from payments.ledger.accounts import Account
from payments.ledger.recipes import Draft, HoldPart, Line, RefundPart, Shares, Unbalanced, Waterfall

# (account, owner, ref, minor units, currency)
Row = tuple[str, str, str, int, str]


def usd(amount_minor: int) -> Money:
    return Money(amount_minor, "USD")


def written(draft: Draft | None) -> set[Row]:
    assert draft is not None
    rows = [
        (str(line.account), line.owner, line.ref, line.amount.amount_minor, line.amount.currency)
        for line in draft.lines
    ]
    assert len(set(rows)) == len(rows)
    return set(rows)


def shares(*, p: int, q: int, t: int = 0, w: int = 0, s: int, reserve: int = 0, receivable: int = 0) -> Shares:
    return Shares(
        platform_fee=usd(p),
        gateway_fee=usd(q),
        tax=usd(t),
        withheld=usd(w),
        payable=usd(s),
        reserve=usd(reserve),
        receivable=usd(receivable),
    )


def fall(p: int, q: int, t: int, w: int, payable: int, reserve: int, receivable: int) -> Waterfall:
    return Waterfall(*(usd(part) for part in (p, q, t, w, payable, reserve, receivable)))


CAPTURE = {"charge_id": "ch_1", "account": "stripe", "payment_id": "pay_1"}


class TestFeeEstimated:
    def test_two_percent_of_ten_thousand_are_owed_to_the_gateway(self) -> None:
        draft = recipes.fee_estimated(charge_id="OM1", account="phonepe", payment_id="pay_1", fee=usd(200))
        assert (draft.key, draft.subject_id) == ("fee_estimate:OM1", "pay_1")
        assert written(draft) == {("gateway_fees", "", "", 200, "USD"), ("fees_accrued", "phonepe", "", -200, "USD")}

    def test_nothing_is_no_entry(self) -> None:
        with pytest.raises(Unbalanced):
            recipes.fee_estimated(charge_id="OM1", account="phonepe", payment_id="pay_1", fee=usd(0))


class TestCapture:
    def test_two_sellers_of_one_order(self) -> None:
        """10,000 of which 6,667 for one seller and 3,333 for the other."""
        holds = [HoldPart("hold_1", "usr_a", usd(6_667)), HoldPart("hold_2", "usr_b", usd(3_333))]
        draft = recipes.capture(**CAPTURE, holds=holds, unapplied=usd(0))
        assert draft.key == "capture:ch_1"
        assert written(draft) == {
            ("clearing", "stripe", "", 10_000, "USD"),
            ("escrow", "usr_a", "hold_1", -6_667, "USD"),
            ("escrow", "usr_b", "hold_2", -3_333, "USD"),
        }

    def test_late_money_is_nobodys(self) -> None:
        draft = recipes.capture(**CAPTURE, holds=[], unapplied=usd(10_000))
        assert written(draft) == {
            ("clearing", "stripe", "", 10_000, "USD"),
            ("unapplied", "", "pay_1", -10_000, "USD"),
        }

    def test_a_surplus_is_nobodys_and_the_rest_is_held(self) -> None:
        """10,500 captured, 10,000 due."""
        draft = recipes.capture(**CAPTURE, holds=[HoldPart("hold_1", "usr_a", usd(10_000))], unapplied=usd(500))
        assert written(draft) == {
            ("clearing", "stripe", "", 10_500, "USD"),
            ("escrow", "usr_a", "hold_1", -10_000, "USD"),
            ("unapplied", "", "pay_1", -500, "USD"),
        }

    def test_the_clearing_line_carries_the_gateways_id(self) -> None:
        draft = recipes.capture(**CAPTURE, holds=[], unapplied=usd(1))
        assert {line.external_ref for line in draft.lines if line.account == Account.CLEARING} == {"ch_1"}


class TestGatewayFee:
    def fee(self, *, moved: Money, settled: Money, fee: int, tax: int = 0) -> Draft | None:
        return recipes.gateway_fee(
            transaction_id="txn_1",
            account="stripe",
            payment_id="pay_1",
            moved=moved,
            settled=settled,
            fee=Money(fee, settled.currency),
            tax=Money(tax, settled.currency),
        )

    def test_the_true_fee_is_our_expense_and_its_tax_our_input(self) -> None:
        """320 taken of 10,000, of which 20 is tax: 300 + 20 = 320."""
        assert written(self.fee(moved=usd(10_000), settled=usd(10_000), fee=320, tax=20)) == {
            ("gateway_fees", "", "", 300, "USD"),
            ("input_tax", "", "", 20, "USD"),
            ("clearing", "stripe", "", -320, "USD"),
        }

    def test_a_charge_in_euros_that_settles_in_dollars(self) -> None:
        """EUR 100.00 arrives as USD 108.00 less USD 3.43: fx is long 10,000 EUR and short 10,800 USD."""
        draft = self.fee(moved=Money(10_000, "EUR"), settled=usd(10_800), fee=343)
        assert written(draft) == {
            ("gateway_fees", "", "", 343, "USD"),
            ("clearing", "stripe", "", -343, "USD"),
            ("fx", "", "", 10_000, "EUR"),
            ("clearing", "stripe", "", -10_000, "EUR"),
            ("clearing", "stripe", "", 10_800, "USD"),
            ("fx", "", "", -10_800, "USD"),
        }

    def test_a_refund_in_euros_that_is_taken_in_dollars_goes_the_other_way(self) -> None:
        draft = self.fee(moved=Money(-10_000, "EUR"), settled=usd(-10_900), fee=0)
        assert written(draft) == {
            ("fx", "", "", -10_000, "EUR"),
            ("clearing", "stripe", "", 10_000, "EUR"),
            ("clearing", "stripe", "", -10_900, "USD"),
            ("fx", "", "", 10_900, "USD"),
        }

    def test_nothing_taken_and_nothing_exchanged_is_no_entry(self) -> None:
        assert self.fee(moved=usd(10_000), settled=usd(10_000), fee=0) is None


class TestRelease:
    def test_the_three_lines_of_a_third_each(self) -> None:
        """3,333 / 3,333 / 3,334 at 10 %: fees 333 / 333 / 333, sellers 3,000 / 3,000 / 3,001."""
        assert 333 * 3 + 3_000 + 3_000 + 3_001 == 10_000
        draft = recipes.release(hold_id="hold_1", owner="usr_a", left=usd(10_000), shares=shares(p=999, q=0, s=9_001))
        assert draft.key == "release:hold_1"
        assert written(draft) == {
            ("escrow", "usr_a", "hold_1", 10_000, "USD"),
            ("platform_fees", "", "", -999, "USD"),
            ("payable", "usr_a", "", -9_001, "USD"),
        }

    def test_every_part_has_its_account(self) -> None:
        """10,000 = 1,000 + 150 + 207 + 100 + 8,543."""
        assert 1_000 + 150 + 207 + 100 + 8_543 == 10_000
        given = shares(p=1_000, q=150, t=207, w=100, s=8_543)
        assert written(recipes.release(hold_id="hold_1", owner="usr_a", left=usd(10_000), shares=given)) == {
            ("escrow", "usr_a", "hold_1", 10_000, "USD"),
            ("platform_fees", "", "", -1_000, "USD"),
            ("fees_recovered", "", "", -150, "USD"),
            ("tax_payable", "", "", -207, "USD"),
            ("withheld_tax", "", "", -100, "USD"),
            ("payable", "usr_a", "", -8_543, "USD"),
        }

    def test_a_last_unit_that_is_less_than_its_fees_is_made_up_by_the_payee(self) -> None:
        """1 is left, and 1 + 1 of fees: of the missing 1, nothing is payable and the payee owes it."""
        given = shares(p=1, q=1, s=0, receivable=1)
        assert written(recipes.release(hold_id="hold_1", owner="usr_a", left=usd(1), shares=given)) == {
            ("escrow", "usr_a", "hold_1", 1, "USD"),
            ("platform_fees", "", "", -1, "USD"),
            ("fees_recovered", "", "", -1, "USD"),
            ("receivable", "usr_a", "", 1, "USD"),
        }

    def test_refuses_shares_that_do_not_sum_to_what_is_left(self) -> None:
        with pytest.raises(Unbalanced):
            recipes.release(hold_id="hold_1", owner="usr_a", left=usd(10_000), shares=shares(p=1_000, q=0, s=9_001))


class TestRefundAllocated:
    def draft(self, *parts: RefundPart) -> Draft:
        return recipes.refund_allocated(refund_id="rf_1", payment_id="pay_1", parts=parts)

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
        draft = recipes.refund_succeeded(**GIVEN, number=1, external_ref="re_1")
        assert draft.key == "refund:rf_1:succeeded:1"
        assert written(draft) == {
            ("refunds", "", "rf_1", 5_000, "USD"),
            ("clearing", "stripe", "", -5_000, "USD"),
        }

    def test_it_came_back_and_is_owed_again(self) -> None:
        draft = recipes.refund_bounced(**GIVEN, number=1, external_ref="txn_9")
        assert draft.key == "refund:rf_1:bounced:1"
        assert written(draft) == {
            ("clearing", "stripe", "", 5_000, "USD"),
            ("refunds", "", "rf_1", -5_000, "USD"),
        }

    def test_each_success_and_each_bounce_is_an_event_of_its_own(self) -> None:
        keys = [
            make(**GIVEN, number=number, external_ref="re_1").key
            for make in (recipes.refund_succeeded, recipes.refund_bounced)
            for number in (1, 2)
        ]
        assert max(Counter(keys).values()) == 1


class TestRefundEnds:
    def test_paid_from_our_bank(self) -> None:
        draft = recipes.refund_paid_otherwise(
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
        draft = recipes.refund_voided(refund_id="rf_1", payment_id="pay_1", parts=parts)
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


class TestDraft:
    def test_leaves_lines_of_nothing_out(self) -> None:
        lines = [
            Line(Account.BANK, usd(5), owner="bank"),
            Line(Account.GOODWILL, usd(0)),
            Line(Account.PLATFORM_FEES, usd(-5)),
        ]
        draft = recipes.draft("key", event="test", subject_id="x", lines=lines)
        assert [line.account for line in draft.lines] == [Account.BANK, Account.PLATFORM_FEES]

    @pytest.mark.parametrize(
        "lines",
        [
            [],
            [Line(Account.GOODWILL, usd(0))],
            [Line(Account.GOODWILL, usd(5))],
            [Line(Account.GOODWILL, usd(5)), Line(Account.PLATFORM_FEES, usd(-4))],
            [Line(Account.GOODWILL, usd(5)), Line(Account.PLATFORM_FEES, Money(-5, "EUR"))],
        ],
        ids=["no lines", "only nothing", "one side", "not equal", "two currencies"],
    )
    def test_refuses_what_does_not_balance(self, lines: list[Line]) -> None:
        with pytest.raises(Unbalanced):
            recipes.draft("key", event="test", subject_id="x", lines=lines)

    @pytest.mark.parametrize(
        "line",
        [
            Line(Account.CLEARING, usd(5)),
            Line(Account.ESCROW, usd(5), owner="usr_a"),
            Line(Account.REFUNDS, usd(5)),
            Line(Account.CHARGEBACK_LOSSES, usd(5)),
            Line(Account.PAYABLE, usd(5), ref="x"),
        ],
        ids=["no account", "no hold", "no refund", "no payment", "no payee"],
    )
    def test_refuses_a_line_that_names_too_little(self, line: Line) -> None:
        with pytest.raises(MoneyError, match="names too little"):
            recipes.draft("key", event="test", subject_id="x", lines=[line, Line(Account.GOODWILL, -line.amount)])
