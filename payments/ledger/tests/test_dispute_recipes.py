"""The recipes of disputes: every line written out."""

from __future__ import annotations

import pytest

from config.kernel.money import Money
from payments.ledger.dispute_recipes import dispute_lost, dispute_made_good, dispute_moved
from payments.ledger.recipes import Draft
from payments.ledger.refund_recipes import RefundPart, Waterfall

DISPUTE, PAYMENT, ACCOUNT = "dsp_1", "pay_1", "stripe"


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def lines(draft: Draft | None) -> set[tuple[str, str, str, str, int]]:
    assert draft is not None
    return {
        (line.account.value, line.owner, line.ref, line.amount.currency, line.amount.amount_minor)
        for line in draft.lines
    }


def moved(amount: Money, *, fee: Money, settled: Money | None = None) -> Draft | None:
    return dispute_moved(
        dispute_id=DISPUTE, account=ACCOUNT, transaction_id="txn_1", amount=amount, settled=settled, fee=fee
    )


HELD = RefundPart(amount=usd(4_000), hold_id="hold_1", owner="usr_1")
RELEASED = RefundPart(
    amount=usd(6_000),
    hold_id="hold_2",
    owner="usr_2",
    waterfall=Waterfall(
        platform_fee=usd(600), gateway_fee=usd(90), tax=usd(0), withheld=usd(0), payable=usd(5_000), reserve=usd(10),
        receivable=usd(300),
    ),
)  # fmt: skip
OURS = RefundPart(amount=usd(1_000), is_loss=True)


class TestDisputeMoved:
    def test_withdrawn_with_its_fee(self) -> None:
        entry = moved(usd(-10_000), fee=usd(1_500))
        assert entry is not None
        assert (entry.key, entry.subject_id) == ("dispute:txn_1", DISPUTE)
        assert lines(entry) == {
            ("withdrawn", "", DISPUTE, "USD", 10_000),
            ("clearing", ACCOUNT, "", "USD", -10_000),
            ("dispute_fees", "", "", "USD", 1_500),
            ("clearing", ACCOUNT, "", "USD", -1_500),
        }

    def test_reinstated_with_its_fee(self) -> None:
        assert lines(moved(usd(10_000), fee=usd(-1_500))) == {
            ("withdrawn", "", DISPUTE, "USD", -10_000),
            ("clearing", ACCOUNT, "", "USD", 10_000),
            ("dispute_fees", "", "", "USD", -1_500),
            ("clearing", ACCOUNT, "", "USD", 1_500),
        }

    def test_in_another_currency_than_our_balance(self) -> None:
        entry = moved(Money(-10_000, "EUR"), settled=usd(-10_850), fee=usd(1_500))
        assert lines(entry) == {
            ("withdrawn", "", DISPUTE, "EUR", 10_000),
            ("fx", "", "", "EUR", -10_000),
            ("fx", "", "", "USD", 10_850),
            ("clearing", ACCOUNT, "", "USD", -10_850),
            ("dispute_fees", "", "", "USD", 1_500),
            ("clearing", ACCOUNT, "", "USD", -1_500),
        }

    def test_of_nothing_is_none(self) -> None:
        assert moved(usd(0), fee=usd(0)) is None

    def test_of_a_fee_alone_is_booked(self) -> None:
        assert lines(moved(usd(0), fee=usd(1_500))) == {
            ("dispute_fees", "", "", "USD", 1_500),
            ("clearing", ACCOUNT, "", "USD", -1_500),
        }


class TestDisputeLost:
    def test_out_of_what_is_left_and_the_rest_is_ours(self) -> None:
        entry = dispute_lost(dispute_id=DISPUTE, payment_id=PAYMENT, number=1, parts=[HELD, RELEASED, OURS])
        assert entry.key == "dispute:dsp_1:lost:1"
        assert lines(entry) == {
            ("escrow", "usr_1", "hold_1", "USD", 4_000),
            ("platform_fees", "", "", "USD", 600),
            ("fees_recovered", "", "", "USD", 90),
            ("payable", "usr_2", "", "USD", 5_000),
            ("reserve", "usr_2", "", "USD", 10),
            ("receivable", "usr_2", "", "USD", 300),
            ("chargeback_losses", "", PAYMENT, "USD", 1_000),
            ("withdrawn", "", DISPUTE, "USD", -11_000),
        }


class TestDisputeMadeGood:
    @pytest.mark.parametrize("parts", [[HELD], [RELEASED], [OURS], [HELD, RELEASED, OURS]])
    def test_is_the_mirror_of_the_same_parts(self, parts: list[RefundPart]) -> None:
        lost = dispute_lost(dispute_id=DISPUTE, payment_id=PAYMENT, number=1, parts=parts)
        good = dispute_made_good(dispute_id=DISPUTE, payment_id=PAYMENT, number=2, parts=parts)
        assert good.key == "dispute:dsp_1:made_good:2"
        assert lines(good) == {(*line[:4], -line[4]) for line in lines(lost)}
