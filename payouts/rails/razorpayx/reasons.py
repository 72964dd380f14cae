"""What RazorpayX's reasons mean: what to do, in words for the operator, and in words for the payee. Pure.

Source of the reasons and of what to do next: razorpay.com/docs/errors/x/payout-status-details.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from payouts.rails.contract import Advice


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a payout that ended without being paid."""

    advice: Advice
    operator: str
    payee: str


_BANK_TROUBLE = "Your bank could not take the money this time. You need not change anything."
_OUR_TROUBLE = "Our bank could not send the money this time. You need not change anything."
_LOOKED_INTO = "The money could not be sent. We look into it."
_NOT_YET = "We could not send the money yet. You need not change anything."
_OTHER_ACCOUNT = "Please give us another account."

# Of payouts that failed or were reversed.
ENDED: Final[dict[str, Reason]] = {
    "bank_account_closed": Reason(
        Advice.FINAL, "the payee's account is closed", f"Your bank says that the account is closed. {_OTHER_ACCOUNT}"
    ),
    "bank_account_frozen": Reason(
        Advice.FINAL,
        "the payee's account is frozen",
        f"Your bank says that the account is frozen. {_OTHER_ACCOUNT}",
    ),
    "bank_account_invalid": Reason(
        Advice.FINAL,
        "the payee's account details are wrong",
        f"Your bank does not know an account with these details. {_OTHER_ACCOUNT}",
    ),
    "beneficiary_account_dormant": Reason(
        Advice.FINAL,
        "the payee's account is dormant",
        f"Your bank says that the account was not used for long and takes no money. {_OTHER_ACCOUNT}",
    ),
    "beneficiary_bank_failure": Reason(
        Advice.RETRY, "the payee's bank had a technical fault: again after 30 minutes", _BANK_TROUBLE
    ),
    "beneficiary_bank_offline": Reason(
        Advice.RETRY, "the payee's bank is offline: again after 30 minutes", _BANK_TROUBLE
    ),
    "beneficiary_bank_rejected": Reason(
        Advice.FINAL,
        "the payee's bank refused it, and only the payee can ask why",
        f"Your bank refused the money. Please ask them why. {_OTHER_ACCOUNT}",
    ),
    "beneficiary_bank_technical_error": Reason(
        Advice.RETRY, "the payee's bank had a technical fault: again after 30 minutes", _BANK_TROUBLE
    ),
    "beneficiary_psp_offline": Reason(
        Advice.RETRY, "the payee's UPI provider is offline: again after 30 minutes", _BANK_TROUBLE
    ),
    "imps_not_allowed": Reason(
        Advice.FIX,
        "the payee's account takes no IMPS: a new payout goes by another mode",
        "Your account does not take instant payments. Your next payout goes another way.",
    ),
    "invalid_ifsc_code": Reason(
        Advice.FIX,
        "the IFSC is wrong: the payee must correct it",
        "The IFSC of your account is wrong. Please correct it.",
    ),
    "npci_beneficiary_timeout": Reason(
        Advice.RETRY, "NPCI got no answer of the payee's bank: again after 30 minutes", _BANK_TROUBLE
    ),
    "transaction_limit_exceeded": Reason(
        Advice.FINAL,
        "more than the payee's account may receive at once",
        f"The amount is more than your account may receive. {_OTHER_ACCOUNT}",
    ),
    "amount_limit_exhausted_neft": Reason(
        Advice.RETRY, "our account's limit for NEFT is used up: again later", _OUR_TROUBLE
    ),
    "beneficiary_account_invalid": Reason(
        Advice.FINAL,
        "the payee's account number is wrong",
        f"There is no account with the number that you gave us. {_OTHER_ACCOUNT}",
    ),
    "beneficiary_vpa_invalid": Reason(
        Advice.FIX,
        "the UPI address is not valid, or could not be checked: the payee must look at it",
        "Your UPI address was not accepted. Please check it.",
    ),
    "insufficient_funds": Reason(
        Advice.FIX,
        "our RazorpayX account had too little: fund it first",
        _NOT_YET,
    ),
    "invalid_beneficiary": Reason(
        Advice.FINAL,
        "the wallet knows nobody with this number",
        f"There is nobody with the number that you gave us. {_OTHER_ACCOUNT}",
    ),
    "gateway_down": Reason(Advice.RETRY, "RazorpayX's bank is down: again later", _OUR_TROUBLE),
    "gateway_technical_error": Reason(
        Advice.RETRY, "RazorpayX's bank had a technical fault: again after 30 minutes", _OUR_TROUBLE
    ),
    "gateway_timeout": Reason(
        Advice.RETRY, "RazorpayX's bank did not answer in time: again after 30 minutes", _OUR_TROUBLE
    ),
    "server_error": Reason(Advice.ASK, "RazorpayX does not say why: ask its support", _LOOKED_INTO),
    "server_error_temporary": Reason(Advice.RETRY, "RazorpayX had a passing fault: again later", _OUR_TROUBLE),
}
# Ends that have no reason in that table: somebody of ours said no in the dashboard, or stopped it there or here.
REJECTED: Final = "rejected"
CANCELLED: Final = "cancelled"
OTHERS: Final[dict[str, Reason]] = {
    REJECTED: Reason(
        Advice.ASK,
        "somebody of ours rejected it in RazorpayX's dashboard",
        _LOOKED_INTO,
    ),
    CANCELLED: Reason(
        Advice.FIX, "it was stopped while it was queued", "The payment was stopped. The money is in your balance."
    ),
}
_UNKNOWN = Reason(
    Advice.ASK,
    "a reason that is not in RazorpayX's table: ask its support",
    _LOOKED_INTO,
)
# Why one that is not at its end waits, in words for the operator.
WAITS: Final[dict[str, str]] = {
    "beneficiary_bank_confirmation_pending": "the payee's bank has not confirmed it",
    "bank_window_closed": "the mode's window is closed for today",
    "payout_bank_processing": "RazorpayX's bank is working on it",
    "amount_limit_exhausted": "our account's limit for the mode is used up",
    "partner_bank_pending": "RazorpayX's bank is working on it",
    "gateway_degraded": "RazorpayX's bank is down",
    "beneficiary_bank_down": "the payee's bank is down",
    "low_balance": "our RazorpayX account has too little: fund it",
    "syncing_balance": "RazorpayX is reading its balance",
    "fee_recovery_pending": "RazorpayX takes its fees first",
    "pending_approval": "it waits for an approval in RazorpayX's dashboard",
}


def reason_of(code: str) -> Reason:
    """What a reason means; one that nobody listed is asked about."""
    return ENDED.get(code) or OTHERS.get(code) or _UNKNOWN


def waits_for(code: str) -> str:
    """Why it waits; empty where nothing is said of it."""
    return WAITS.get(code, code.replace("_", " ")[:120])
