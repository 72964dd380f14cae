"""The test payment methods and what each does."""

from __future__ import annotations

from dataclasses import dataclass

from payments.sandbox.stripe.errors import resource_missing


@dataclass(frozen=True, slots=True)
class Decline:
    """Why the issuer refuses: Stripe's error code, decline code, message and advice."""

    code: str
    decline_code: str | None
    message: str
    advice_code: str | None = None


@dataclass(frozen=True, slots=True)
class TrialMethod:
    """A test payment method.

    `authentication`: `required` asks for 3-D Secure every time, `on_setup` no more once it was saved for later.
    `can_be_saved` although it declines: its charges do, its saving does not. `refund`: how refunds of its charges go,
    `pending` (later succeeded) or `fails_later` (succeeded, then failed). `settles_later`: confirmed payments are
    `processing` until the control endpoint finishes them. `dispute`: the cardholder disputes at once, as a
    `chargeback` or an `inquiry`. `available_at_once`: its balance transaction is available when it is made.
    """

    type: str = "card"
    brand: str = "visa"
    last4: str = "4242"
    funding: str = "credit"
    country: str = "US"
    decline: Decline | None = None
    can_be_saved: bool = False
    authentication: str = "none"
    refund: str = "succeeded"
    settles_later: bool = False
    available_at_once: bool = False
    dispute: str = ""


_DECLINED = "Your card was declined."
_GENERIC = Decline("card_declined", "generic_decline", _DECLINED, "try_again_later")
_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.", "try_again_later")
_LOST = Decline("card_declined", "lost_card", _DECLINED, "do_not_try_again")
_STOLEN = Decline("card_declined", "stolen_card", _DECLINED, "do_not_try_again")
_EXPIRED = Decline("expired_card", None, "Your card has expired.", "confirm_card_data")
_CVC = Decline("incorrect_cvc", None, "Your card's security code is incorrect.", "confirm_card_data")
_ERROR = Decline(
    "processing_error", None, "An error occurred while processing your card. Try again in a little bit.",
    "try_again_later",
)  # fmt: skip

# Names: A15 of the facts sheet and Stripe's testing page (docs.stripe.com/testing). `pm_usBankAccount` takes every
# currency here, Stripe's only US dollars.
METHODS: dict[str, TrialMethod] = {
    "pm_card_visa": TrialMethod(),
    "pm_card_visa_debit": TrialMethod(last4="5556", funding="debit"),
    "pm_card_mastercard": TrialMethod(brand="mastercard", last4="4444"),
    "pm_card_amex": TrialMethod(brand="amex", last4="8431"),
    "pm_card_in": TrialMethod(last4="0008", country="IN"),
    "pm_card_bypassPending": TrialMethod(last4="0077", available_at_once=True),
    "pm_card_chargeDeclined": TrialMethod(last4="0002", decline=_GENERIC),
    "pm_card_chargeDeclinedInsufficientFunds": TrialMethod(last4="9995", decline=_FUNDS),
    "pm_card_chargeDeclinedLostCard": TrialMethod(last4="9987", decline=_LOST),
    "pm_card_chargeDeclinedStolenCard": TrialMethod(last4="9979", decline=_STOLEN),
    "pm_card_chargeDeclinedExpiredCard": TrialMethod(last4="0069", decline=_EXPIRED),
    "pm_card_chargeDeclinedIncorrectCvc": TrialMethod(last4="0127", decline=_CVC),
    "pm_card_chargeDeclinedProcessingError": TrialMethod(last4="0119", decline=_ERROR),
    "pm_card_chargeCustomerFail": TrialMethod(last4="0341", decline=_GENERIC, can_be_saved=True),
    "pm_card_threeDSecureRequired": TrialMethod(last4="3220", authentication="required"),
    "pm_card_threeDSecure2Required": TrialMethod(last4="3220", authentication="required"),
    "pm_card_authenticationRequired": TrialMethod(last4="3184", authentication="required"),
    "pm_card_authenticationRequiredOnSetup": TrialMethod(last4="3155", authentication="on_setup"),
    "pm_card_pendingRefund": TrialMethod(last4="7726", refund="pending"),
    "pm_card_refundFail": TrialMethod(last4="5126", refund="fails_later"),
    "pm_card_createDispute": TrialMethod(last4="0259", dispute="chargeback"),
    "pm_card_createDisputeInquiry": TrialMethod(last4="1976", dispute="inquiry"),
    "pm_usBankAccount": TrialMethod(type="us_bank_account", last4="6789", settles_later=True, refund="pending"),
    "pm_usBankAccount_success": TrialMethod(type="us_bank_account", last4="6789", settles_later=True, refund="pending"),
    "pm_sepaDebit": TrialMethod(type="sepa_debit", last4="3000", settles_later=True, country="DE", refund="pending"),
}


def method_named(name: str) -> TrialMethod:
    """The behaviour behind a test name; raises resource_missing (400) for another."""
    known = METHODS.get(name.replace("pm_card_visa_charge", "pm_card_charge"))
    if known is None:
        raise resource_missing(kind="PaymentMethod", object_id=name, param="payment_method", in_path=False)
    return known
