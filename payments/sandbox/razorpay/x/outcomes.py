"""What becomes of a payout or of an account's validation: by the test values of the account that it goes to."""

from __future__ import annotations

import re
from typing import NamedTuple

# Every reason of a payout's status, with its source, in the order of razorpay.com/docs/errors/x/payout-status-details.
ENDED: dict[str, str] = {
    "bank_account_closed": "beneficiary_bank",
    "bank_account_frozen": "beneficiary_bank",
    "bank_account_invalid": "beneficiary_bank",
    "beneficiary_account_dormant": "beneficiary_bank",
    "beneficiary_bank_failure": "beneficiary_bank",
    "beneficiary_bank_offline": "beneficiary_bank",
    "beneficiary_bank_rejected": "beneficiary_bank",
    "beneficiary_bank_technical_error": "beneficiary_bank",
    "beneficiary_psp_offline": "beneficiary_bank",
    "imps_not_allowed": "beneficiary_bank",
    "invalid_ifsc_code": "beneficiary_bank",
    "npci_beneficiary_timeout": "beneficiary_bank",
    "transaction_limit_exceeded": "beneficiary_bank",
    "amount_limit_exhausted_neft": "business",
    "beneficiary_account_invalid": "business",
    "beneficiary_vpa_invalid": "business",
    "insufficient_funds": "business",
    "invalid_beneficiary": "business",
    "gateway_down": "gateway",
    "gateway_technical_error": "gateway",
    "gateway_timeout": "gateway",
    "server_error": "internal",
    "server_error_temporary": "internal",
}
PROCESSING: dict[str, str] = {
    "beneficiary_bank_confirmation_pending": "beneficiary_bank",
    "bank_window_closed": "gateway",
    "payout_bank_processing": "gateway",
    "amount_limit_exhausted": "business",
    "partner_bank_pending": "internal",
}
QUEUED: dict[str, str] = {
    "gateway_degraded": "gateway",
    "beneficiary_bank_down": "gateway",
    "low_balance": "business",
    "syncing_balance": "gateway",
    "fee_recovery_pending": "business",
}
# What the test values give: failed (its debit is taken back at once), reversed (it comes back before it has arrived),
# returned (processed, then it comes back), credited (failed, and the money comes back later), and those that stay as
# they are until somebody orders more.
WORDS = ("failed", "reversed", "returned", "credited", "processing", "queued", "pending")
_REASONS = {"processing": tuple(PROCESSING), "queued": tuple(QUEUED), "pending": ("pending_approval",)}
_NUMBER = re.compile(r"9990([0-9])([0-9]{2})[0-9]{4}")
_ADDRESS = re.compile(r"(\w+?)\.(\w+)@sandbox")


class Fate(NamedTuple):
    """What becomes of it, and why."""

    word: str = "processed"
    reason: str = "payout_processed"


def reasons_of(word: str) -> tuple[str, ...]:
    """Those that this fate can have."""
    return _REASONS.get(word, tuple(ENDED))


def source_of(reason: str) -> str:
    """Whose doing a reason is."""
    return {**ENDED, **PROCESSING, **QUEUED, "pending_approval": "business"}.get(reason, "beneficiary_bank")


def account_number(word: str, reason: str, *, serial: int = 0) -> str:
    """A bank account of this fate: `9990`, the word's number, the reason's number, and any four digits."""
    return f"9990{WORDS.index(word)}{reasons_of(word).index(reason):02d}{serial % 10_000:04d}"


def address(word: str, reason: str) -> str:
    """The UPI address of this fate."""
    return f"{word}.{reason}@sandbox"


def fate_of(destination: str) -> Fate:
    """What becomes of a payout to this account number or UPI address; any other one is paid."""
    number = _NUMBER.fullmatch(destination)
    if number is not None and int(number[1]) < len(WORDS):
        word = WORDS[int(number[1])]
        reasons = reasons_of(word)
        return Fate(word, reasons[int(number[2]) % len(reasons)])
    named = _ADDRESS.fullmatch(destination)
    if named is not None and named[1] in WORDS and named[2] in reasons_of(named[1]):
        return Fate(named[1], named[2])
    return Fate()


# Validation: what the bank says of an account by these numbers and addresses; of any other one that it is there.
VALIDATIONS: dict[str, str] = {
    "99981000000": "invalid",
    "99982000000": "failed",
    "99983000000": "created",
    "invalid@sandbox": "invalid",
    "unanswered@sandbox": "failed",
    "waiting@sandbox": "created",
}
