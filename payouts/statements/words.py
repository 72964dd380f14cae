"""What happened, in words for a payee, by the event of the ledger and the account it touched."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "release": "Sale, less our fees",
    "refund_allocated": "Refund to a buyer",
    "refund_voided": "Refund that was taken back",
    "dispute_lost": "Payment charged back by a bank",
    "dispute_made_good": "Chargeback that was made good",
    "payout_frozen": "Payout",
    "payout_unfrozen": "Payout that was not made",
    "payout_returned": "Payout that came back",
    "payout_paid_late": "Payout that was paid after all",
    "transfer_replaced": "Taken back although your bank was paid",
    "reserve_kept": "Kept back in reserve",
    "reserve_released": "Freed from the reserve",
    "set_off": "Set off against what you owed us",
    "debt_repaid": "Repaid by you",
    "debt_written_off": "Waived by us",
    "write_off_undone": "Set off against what we had waived",
    "bounty_accrued": "Bounty, kept until the order is complete",
    "bounty_matured": "Bounty",
    "bounty_reversed": "Bounty taken back",
}
# Which of the three balances a line moves.
BALANCES: Mapping[str, str] = {"payable": "balance", "reserve": "reserve", "receivable": "owed to us"}


def in_words(event: str) -> str:
    """An event that nobody wrote words for is named as the books name it."""
    return WORDS.get(event) or event.replace("_", " ").capitalize()
