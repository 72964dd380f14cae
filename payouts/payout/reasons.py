"""Why a payout did not arrive, in words for its payee: no rail's codes, and what they can do about it."""

from __future__ import annotations

from collections.abc import Mapping

from payouts.rails.contract import Advice
from payouts.rails.razorpayx.reasons import ENDED, OTHERS

OF_RAZORPAYX = {**ENDED, **OTHERS}
# Of those that something must be done about first: what we do, or the next payout by itself. All others the payee does.
OURS_TO_CHANGE = frozenset(
    {
        "amount_too_large", "amount_too_small", "bank_failed", "cancelled", "imps_not_allowed",
        "instant_payouts_unsupported", "insufficient_funds",
    }
)  # fmt: skip
_RAIL_DOWN = "The transfer could not be made for a technical reason. You need not change anything."
_WRONG_ACCOUNT = (
    "Your bank says that the account does not exist, or is not yours. Please check it, and give us another."
)
_CLOSED = "Your bank says that the account is closed. Please give us another account."
_BLOCKED = "Your bank does not take payments for this account. Please talk to your bank, or give us another account."
_OURS = "Something has to change on our side first. You need not change anything."
_NOT_BY_US = "Our bank did not make the payment. Please check the account that you gave us; if it is right, keep it."
_REFUSED = "Your bank refused the payment. Please talk to your bank, or give us another account."

# A reason of RazorpayX (beside what an operator is told of it), of Stripe, or of our own → what the payee is told.
WORDS: Mapping[str, str] = {
    **{code: reason.payee for code, reason in OF_RAZORPAYX.items()},
    **dict.fromkeys(("could_not_process", "balance_insufficient"), _RAIL_DOWN),
    **dict.fromkeys(
        (
            "no_account", "invalid_account_number", "incorrect_account_holder_name", "incorrect_account_type",
            "incorrect_account_holder_address", "incorrect_account_holder_tax_id", "invalid_account_number_length",
        ),
        _WRONG_ACCOUNT,
    ),
    **dict.fromkeys(("amount_too_large", "amount_too_small", "instant_payouts_unsupported"), _OURS),
    "bank_failed": _NOT_BY_US,
    "account_closed": _CLOSED,
    **dict.fromkeys(("account_frozen", "bank_account_restricted"), _BLOCKED),
    **dict.fromkeys(
        ("declined", "debit_not_authorized", "bank_ownership_changed", "invalid_currency", "unsupported_card"),
        _REFUSED,
    ),
}  # fmt: skip
_BY_ADVICE: Mapping[str, str] = {
    "retry": _RAIL_DOWN,
    "fix": "Something about your account has to change first. Please check the account that you gave us.",
    "final": "Your account cannot receive it. Please give us another account.",
    "ask": "We do not know why yet, and are asking. You need not do anything.",
}
_UNKNOWN = "Your bank or its network did not say why. We look at it."


def is_for_payee(*, code: str, advice: str) -> bool:
    """Whether the account will refuse the next payout too, until its payee has changed something about it."""
    return advice == Advice.FINAL or (advice == Advice.FIX and code not in OURS_TO_CHANGE)


def in_words(*, code: str, advice: str) -> str:
    """What to tell the payee. A code that nobody wrote words for is told by what there is to do about it."""
    return WORDS.get(code.lower()) or _BY_ADVICE.get(advice, _UNKNOWN)
