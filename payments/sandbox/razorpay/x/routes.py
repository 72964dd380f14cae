"""Which call of RazorpayX answers which method and path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payments.sandbox.razorpay.x import balance, contacts, payouts, validations

Handler = Callable[..., dict[str, Any]]
# Its requests come from addresses that are on a list, with a key that is not that of the payments.
PREFIXES = ("/v1/contacts", "/v1/fund_accounts", "/v1/payouts", "/v1/transactions", "/v1/banking_balances")
CALLS: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/contacts", contacts.create_contact),
    ("GET", "/contacts", contacts.list_contacts),
    ("GET", "/contacts/{id}", contacts.retrieve_contact),
    ("POST", "/fund_accounts/validations", validations.create),
    ("GET", "/fund_accounts/validations", validations.list_validations),
    ("GET", "/fund_accounts/validations/{id}", validations.retrieve),
    ("POST", "/fund_accounts", contacts.create_fund_account),
    ("GET", "/fund_accounts", contacts.list_fund_accounts),
    ("GET", "/fund_accounts/{id}", contacts.retrieve_fund_account),
    ("POST", "/payouts", payouts.create),
    ("GET", "/payouts", payouts.list_payouts),
    ("GET", "/payouts/{id}", payouts.retrieve),
    ("POST", "/payouts/{id}/cancel", payouts.cancel),
    ("GET", "/transactions", balance.list_transactions),
    ("GET", "/transactions/{id}", balance.retrieve),
    ("GET", "/banking_balances", balance.balances),
)
