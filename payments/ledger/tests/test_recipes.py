"""Every recipe with its arithmetic in sight: debits above zero, credits below, each entry zero in each currency."""

from __future__ import annotations

import pytest

from config.kernel.money import Money, MoneyError
from payments.ledger import recipes
from payments.ledger.accounts import Account
from payments.ledger.recipes import Draft, HoldPart, Line, Shares, Unbalanced

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
