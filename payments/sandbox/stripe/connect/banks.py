"""External accounts: the bank accounts that connected accounts are paid out to, and the test values they come from."""

from __future__ import annotations

from typing import Any, Final

from payments.sandbox.ids import new_id, random_text
from payments.sandbox.stripe.amounts import known_currency
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import StripeError, resource_missing

# Test numbers of docs.stripe.com/connect/testing, "Bank numbers": what becomes of payouts to them.
PAID: Final = ""
FAILURES: Final = {
    "000123456789": PAID,
    "000111111116": "no_account",
    "000111111113": "account_closed",
    "000222222227": "insufficient_funds",
    "000333333335": "debit_not_authorized",
    "000444444440": "invalid_currency",
}
# The sandbox's own: paid first, and given back by the bank days later.
RETURNS: Final = "000777777771"
# What Stripe most often asks of a person who gave everything else.
DOCUMENT: Final = "individual.verification.document"
# The tokens of the same page, and one for the sandbox's own number.
TOKENS: Final = {
    "btok_us_verified": "000123456789",
    "btok_us_verified_noAccount": "000111111116",
    "btok_us_verified_accountClosed": "000111111113",
    "btok_us_verified_insufficientFunds": "000222222227",
    "btok_us_verified_debitNotAuthorized": "000333333335",
    "btok_us_verified_invalidCurrency": "000444444440",
    "btok_us_verified_returns": RETURNS,
}


def external_account(call: Call, *, account_id: str, country: str, currency: str, token: str) -> dict[str, Any]:
    """The bank account behind a test token; raises resource_missing (400) for another token."""
    number = TOKENS.get(token)
    if number is None:
        raise resource_missing(kind="token", object_id=token, param="external_account", in_path=False)
    return _bank_account(account_id=account_id, country=country, currency=currency, number=number)


def given_external_account(call: Call, *, account_id: str, country: str, currency: str) -> dict[str, Any] | None:
    """The one of the request's `external_account`: a token, or a hash with an account number; None without it."""
    if not isinstance(call.params.tree.get("external_account"), dict):
        token = call.params.text("external_account")
        if token is None:
            return None
        return external_account(call, account_id=account_id, country=country, currency=currency, token=token)
    given = call.params.inner("external_account")
    if given is None:
        return None
    given.only("object", "country", "currency", "account_number", "routing_number", "account_holder_name")
    number = given.required_text("account_number")
    currency = known_currency(given.text("currency") or currency)
    return _bank_account(
        account_id=account_id, country=given.text("country") or country, currency=currency, number=number
    )


def number_of(bank: dict[str, Any]) -> str:
    """The test number that a bank account was made with; what ends like none of them is paid."""
    for number in (*FAILURES, RETURNS):
        if bank["fingerprint"].endswith(number):
            return number
    return "000123456789"


def bank_for(banks: list[dict[str, Any]], currency: str) -> dict[str, Any]:
    """Where payouts in this currency go; raises 400 where there is none."""
    for each in banks:
        if each["currency"] == currency and each["default_for_currency"]:
            return each
    raise StripeError(
        status=400,
        type="invalid_request_error",
        message=f"Sorry, you don't have any external accounts in that currency ({currency}).",
        executed=True,
    )


def _bank_account(*, account_id: str, country: str, currency: str, number: str) -> dict[str, Any]:
    empty: dict[str, list[str]] = {"currently_due": [], "errors": [], "past_due": [], "pending_verification": []}
    return {
        "id": new_id(prefix="ba"),
        "object": "bank_account",
        "account": account_id,
        "account_holder_name": None,
        "account_holder_type": None,
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "STRIPE TEST BANK",
        "country": country,
        "currency": currency,
        "default_for_currency": True,
        # Stripe's says nothing; here it ends in the test number, which no field shows whole.
        "fingerprint": random_text(length=6) + number,
        "future_requirements": dict(empty),
        "last4": number[-4:],
        "metadata": {},
        "requirements": dict(empty),
        "routing_number": "110000000",
        "status": "new",
    }
