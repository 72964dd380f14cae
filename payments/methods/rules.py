"""Decisions about saved methods, on plain values."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from config.kernel.verdict import Verdict


class Next(StrEnum):
    """What follows a charge that was declined with nobody present."""

    RETRY_LATER = "retry_later"
    ASK_CUSTOMER = "ask_customer"
    NEVER = "never"


# advice_code of the bank; it wins over the decline's own code. [gateway: error.advice_code]
_ADVICE = {
    "do_not_try_again": Next.NEVER,
    "try_again_later": Next.RETRY_LATER,
    "confirm_card_data": Next.ASK_CUSTOMER,
}
# Codes of declines and errors. Which belongs where is our own judgement, not a gateway's statement.
_NEVER = frozenset(
    {
        "do_not_try_again",
        "fraudulent",
        "lost_card",
        "merchant_blacklist",
        "pickup_card",
        "restricted_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "stolen_card",
        "stop_payment_order",
        "india_recurring_payment_mandate_canceled",
        # Razorpay, recurring payments: the mandate is dead, and only a new one helps.
        "bank_account_invalid",
        "debit_declined",
        "debit_instrument_blocked",
        "invalid_token",
        "mandate_cancelled",
        "mandate_expired",
        "mandate_not_active",
        "mobile_number_invalid",
        "number_of_pin_tries_exceeded",
        "payer_account_has_changed",
        "remitter_account_dormant",
        "transaction_frequency_limit_exceeded",
        "transaction_not_allowed",
        "umn_does_not_exist_payer",
    }
)
_LATER = frozenset(
    {
        "approve_with_id",
        "card_velocity_exceeded",
        "do_not_honor",
        "generic_decline",
        "insufficient_funds",
        "issuer_not_available",
        "lock_timeout",
        "processing_error",
        "rate_limit",
        "reenter_transaction",
        "try_again_later",
        # Razorpay, recurring payments: a bank or a network stood still.
        "bank_not_available",
        "bank_technical_error",
        "banks_hsm_is_down_remitter",
        "credit_to_beneficiary_failed",
        "gateway_technical_error",
        "invalid_response_from_gateway",
        "issuer_dispatch_failed",
        "no_original_request_found",
        "null_ack_processing_failure",
        "payment_failed",
        "payment_pending",
        "payment_risk_check_failed",
        "payment_timed_out",
        "psp_bank_not_available",
        "psp_not_available",
        "psp_timeout",
        "remitter_dispatch_failed",
        "request_timed_out",
        "response_not_received_within_tat",
        "suspected_fraud_decline",
        "unable_to_process_beneficiary_bank",
        "vpa_resolution_failed",
    }
)
# The bank wants the person themself: no advice is worth more than that.
_PERSON = frozenset({"authentication_required", "authentication_not_handled"})
# A generic refusal is tried again a few times; then the customer is asked for another way to pay.
MOST_TRIES = 4


def after_decline(*, code: str, decline_code: str = "", advice_code: str = "", tries: int = 1) -> Next:
    """What to do next. `tries`: how often this was charged in vain, with this time."""
    said = {code, decline_code} - {""}
    if said & _PERSON:
        return Next.ASK_CUSTOMER
    if said & _NEVER:
        found = Next.NEVER
    elif said & _LATER:
        found = Next.RETRY_LATER
    else:
        found = Next.ASK_CUSTOMER  # expired, wrong data, not supported, or a code that we do not know
    found = _ADVICE.get(advice_code, found)
    return Next.ASK_CUSTOMER if found is Next.RETRY_LATER and tries >= MOST_TRIES else found


def has_expired(*, month: int | None, year: int | None, at: datetime) -> bool:
    """A card is good until the last day of its month, everywhere on earth: so until twelve hours into the next."""
    if month is None or year is None:
        return False
    after = (year + month // 12, month % 12 + 1)
    if (at.year, at.month) != after:
        return (at.year, at.month) > after
    return at.day > 1 or at.hour >= 12


def may_charge(*, status: str, is_owner: bool, same_mode: bool) -> Verdict:
    """Whether a saved method may be charged for a debt of its owner with nobody present."""
    if not is_owner:
        return Verdict.no("method_not_yours", "the method is not of the person who owes this")
    if not same_mode:
        return Verdict.no("method_not_chargeable", "the method was saved in another mode")
    if status == "active":
        return Verdict.yes()
    return Verdict.no("method_not_chargeable", f"the method is {status}")
