"""The chart of accounts is complete, and says what a line on each must name."""

from __future__ import annotations

import pytest

from payments.ledger.accounts import CHART, PAYEE_ACCOUNTS, ROW_BOUND, Account, Side


class TestChart:
    def test_has_a_row_for_every_account(self) -> None:
        assert set(CHART) == set(Account)

    @pytest.mark.parametrize(
        ("side", "accounts"),
        [
            (Side.DEBIT, "clearing settling bank float connected receivable withdrawn input_tax"),
            (Side.CREDIT, "escrow payable reserve in_transit refunds unapplied tax_payable withheld_tax fees_accrued"),
            (Side.CREDIT, "platform_fees fees_recovered subscriptions fx_result"),
            (Side.DEBIT, "gateway_fees dispute_fees payout_fees bounties chargeback_losses goodwill bad_debt"),
            (Side.EITHER, "fx suspense"),
        ],
    )
    def test_stands_on_the_agreed_side(self, side: Side, accounts: str) -> None:
        assert {CHART[Account(name)].side for name in accounts.split()} == {side}

    def test_what_belongs_to_a_row_names_it(self) -> None:
        assert {account for account in Account if CHART[account].ref} == {
            *ROW_BOUND,
            Account.CHARGEBACK_LOSSES,
            Account.SUSPENSE,
        }

    def test_what_belongs_to_a_payee_names_them(self) -> None:
        assert all(CHART[account].owner == "payee" for account in PAYEE_ACCOUNTS)
