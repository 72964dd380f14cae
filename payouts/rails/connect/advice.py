"""What to do about a payout that Stripe or the bank refused, by Stripe's code. Pure."""

from __future__ import annotations

from typing import Final

from payouts.rails.contract import Advice

# The platform's access to the payee's account was taken away, or there is no such account.
GONE: Final = "account_invalid"

# Of a payout that failed: docs.stripe.com/api/payouts/failures [doc]. A bank account that refuses is put right at
# Stripe, by whom it belongs to, and stays the same destination here: hence FIX and not FINAL.
OF_FAILURES: Final = {
    "account_closed": Advice.FIX,
    "account_frozen": Advice.FIX,
    "bank_account_restricted": Advice.FIX,
    "bank_account_unusable": Advice.FIX,
    "bank_ownership_changed": Advice.FIX,
    "could_not_process": Advice.RETRY,
    "debit_not_authorized": Advice.FIX,
    "declined": Advice.FIX,
    "expired_card": Advice.FIX,
    "incorrect_account_holder_address": Advice.FIX,
    "incorrect_account_holder_name": Advice.FIX,
    "incorrect_account_holder_tax_id": Advice.FIX,
    "incorrect_account_type": Advice.FIX,
    "insufficient_funds": Advice.FIX,
    "invalid_account_number": Advice.FIX,
    "invalid_account_number_length": Advice.FIX,
    "invalid_card": Advice.FIX,
    "invalid_currency": Advice.FIX,
    "no_account": Advice.FIX,
    "unsupported_card": Advice.FIX,
}
# Of a call that was refused. [SDK, codes of errors]
OF_REFUSALS: Final = {
    "balance_insufficient": Advice.RETRY,  # what was taken in becomes available, or somebody tops it up
    "insufficient_capabilities_for_transfer": Advice.FIX,
    "payouts_not_allowed": Advice.FIX,
    "payouts_limit_exceeded": Advice.RETRY,
    "transfers_not_allowed": Advice.ASK,
    "instant_payouts_unsupported": Advice.FIX,
    "amount_too_small": Advice.FIX,
    "amount_too_large": Advice.FIX,
    "resource_missing": Advice.FINAL,  # no such account there
    GONE: Advice.FINAL,
}


def advice_of(code: str) -> Advice:
    """Of a failure or a refusal; what nobody has listed is asked about."""
    return OF_FAILURES.get(code) or OF_REFUSALS.get(code, Advice.ASK)
