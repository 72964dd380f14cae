"""Why a payout did not arrive, in words for its payee: no rail's codes, and what they can do about it."""

from __future__ import annotations

from collections.abc import Mapping

_BANK_DOWN = "Your bank could not be reached. You need not do anything: we try again."
_RAIL_DOWN = "The transfer could not be made for a technical reason. You need not do anything: we try again."
_WRONG_ACCOUNT = (
    "Your bank says that the account does not exist, or is not yours. Please check it, and give us another."
)
_CLOSED = "Your bank says that the account is closed. Please give us another account."
_BLOCKED = "Your bank does not take payments for this account. Please talk to your bank, or give us another account."
_REFUSED = "Your bank refused the payment. Please talk to your bank, or give us another account."

# A reason of RazorpayX, of Stripe, or of our own → what the payee is told.
WORDS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "beneficiary_bank_failure", "beneficiary_bank_offline", "beneficiary_bank_technical_error",
            "beneficiary_psp_offline", "npci_beneficiary_timeout", "beneficiary_bank_down",
        ),
        _BANK_DOWN,
    ),
    **dict.fromkeys(
        (
            "amount_limit_exhausted_neft", "gateway_down", "gateway_technical_error", "gateway_timeout",
            "server_error_temporary", "server_error", "insufficient_funds", "imps_not_allowed", "could_not_process",
            "low_balance", "balance_insufficient",
        ),
        _RAIL_DOWN,
    ),
    **dict.fromkeys(
        (
            "invalid_ifsc_code", "bank_account_invalid", "beneficiary_account_invalid", "invalid_beneficiary",
            "no_account", "invalid_account_number", "incorrect_account_holder_name", "incorrect_account_type",
            "incorrect_account_holder_address", "incorrect_account_holder_tax_id", "invalid_account_number_length",
        ),
        _WRONG_ACCOUNT,
    ),
    "beneficiary_vpa_invalid": "The UPI address does not exist. Please check it, and give us another.",
    **dict.fromkeys(("bank_account_closed", "account_closed"), _CLOSED),
    **dict.fromkeys(
        ("bank_account_frozen", "beneficiary_account_dormant", "account_frozen", "bank_account_restricted"), _BLOCKED
    ),
    **dict.fromkeys(
        ("beneficiary_bank_rejected", "declined", "debit_not_authorized", "bank_ownership_changed",
         "invalid_currency", "unsupported_card"),
        _REFUSED,
    ),
    "transaction_limit_exceeded": "It is more than your account may receive at once. Please talk to your bank.",
}  # fmt: skip
_BY_ADVICE: Mapping[str, str] = {
    "retry": _RAIL_DOWN,
    "fix": "Something about your account has to change first. Please check the account that you gave us.",
    "final": "Your account cannot receive it. Please give us another account.",
    "ask": "We do not know why yet, and are asking. You need not do anything.",
}
_UNKNOWN = "Your bank or its network did not say why. We look at it."


def in_words(*, code: str, advice: str) -> str:
    """What to tell the payee. A code that nobody wrote words for is told by what there is to do about it."""
    return WORDS.get(code.lower()) or _BY_ADVICE.get(advice, _UNKNOWN)
