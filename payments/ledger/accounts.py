"""The chart of accounts: each kind, the side it normally stands on, and what owns and what refines it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Side(StrEnum):
    DEBIT = "debit"
    CREDIT = "credit"
    EITHER = "either"


class Account(StrEnum):
    CLEARING = "clearing"
    SETTLING = "settling"
    BANK = "bank"
    FLOAT = "float"
    CONNECTED = "connected"
    RECEIVABLE = "receivable"
    WITHDRAWN = "withdrawn"
    INPUT_TAX = "input_tax"
    FX = "fx"
    ESCROW = "escrow"
    PAYABLE = "payable"
    RESERVE = "reserve"
    IN_TRANSIT = "in_transit"
    REFUNDS = "refunds"
    UNAPPLIED = "unapplied"
    TAX_PAYABLE = "tax_payable"
    WITHHELD_TAX = "withheld_tax"
    FEES_ACCRUED = "fees_accrued"
    PLATFORM_FEES = "platform_fees"
    FEES_RECOVERED = "fees_recovered"
    SUBSCRIPTIONS = "subscriptions"
    FX_RESULT = "fx_result"
    GATEWAY_FEES = "gateway_fees"
    DISPUTE_FEES = "dispute_fees"
    PAYOUT_FEES = "payout_fees"
    BOUNTIES = "bounties"
    CHARGEBACK_LOSSES = "chargeback_losses"
    GOODWILL = "goodwill"
    BAD_DEBT = "bad_debt"
    SUSPENSE = "suspense"


class Chart(NamedTuple):
    side: Side
    owner: str  # what the line's owner names; empty for the platform itself
    ref: str  # what the line's ref names; empty when nothing refines it


A, D, C, E = Account, Side.DEBIT, Side.CREDIT, Side.EITHER
CHART: dict[Account, Chart] = {
    A.CLEARING: Chart(D, "gateway account", ""),
    A.SETTLING: Chart(D, "gateway account", ""),
    A.BANK: Chart(D, "bank account", ""),
    A.FLOAT: Chart(D, "rail account", ""),
    A.CONNECTED: Chart(D, "payee", ""),
    A.RECEIVABLE: Chart(D, "payee", ""),
    A.WITHDRAWN: Chart(D, "", "dispute"),
    A.INPUT_TAX: Chart(D, "", ""),
    A.FX: Chart(E, "", ""),
    A.ESCROW: Chart(C, "payee", "hold"),
    A.PAYABLE: Chart(C, "payee", ""),
    A.RESERVE: Chart(C, "payee", ""),
    A.IN_TRANSIT: Chart(C, "payee", "payout"),
    A.REFUNDS: Chart(C, "", "refund"),
    A.UNAPPLIED: Chart(C, "", "payment"),
    A.TAX_PAYABLE: Chart(C, "", ""),
    A.WITHHELD_TAX: Chart(C, "", ""),
    A.FEES_ACCRUED: Chart(C, "gateway account", ""),
    A.PLATFORM_FEES: Chart(C, "", ""),
    A.FEES_RECOVERED: Chart(C, "", ""),
    A.SUBSCRIPTIONS: Chart(C, "", ""),
    A.FX_RESULT: Chart(C, "", ""),
    A.GATEWAY_FEES: Chart(D, "", ""),
    A.DISPUTE_FEES: Chart(D, "", ""),
    A.PAYOUT_FEES: Chart(D, "", ""),
    A.BOUNTIES: Chart(D, "", ""),
    A.CHARGEBACK_LOSSES: Chart(D, "", "payment"),
    A.GOODWILL: Chart(D, "", ""),
    A.BAD_DEBT: Chart(D, "payee", ""),
    A.SUSPENSE: Chart(E, "", "case"),
}
# These move only together with the row that they are the money of, never by hand.
ROW_BOUND = frozenset({A.ESCROW, A.REFUNDS, A.WITHDRAWN, A.IN_TRANSIT, A.UNAPPLIED})
PAYEE_ACCOUNTS = frozenset({A.PAYABLE, A.RESERVE, A.RECEIVABLE})
