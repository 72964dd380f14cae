"""The control endpoint's verbs for Connect: whoever has the account, Stripe's checks, and the bank.

POST /_control/stripe/accounts/{id}/complete     {"external_account": "btok_us_verified"} it is filled in
POST /_control/stripe/accounts/{id}/require      {"fields": ["individual.id_number"], "disable": true}
POST /_control/stripe/accounts/{id}/disable      {"reason": "rejected.fraud"}
POST /_control/stripe/accounts/{id}/enable       all that was wanted is there
POST /_control/stripe/accounts/{id}/deauthorize  it lets go of the platform
POST /_control/stripe/accounts/{id}/earn         {"amount": 500, "currency": "usd"} from somebody else than us
POST /_control/stripe/payouts/{id}/advance       what it would do by itself: leave, arrive, come back
POST /_control/stripe/payouts/{id}/fail          {"code": "account_closed"} also after it was paid
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payments.sandbox.gateways import OrderRefused
from payments.sandbox.objects import Stored
from payments.sandbox.stripe import balance
from payments.sandbox.stripe.amounts import known_currency
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.connect import onboarding, paying
from payments.sandbox.stripe.connect.banks import DOCUMENT


def top_up(call: Call, order: dict[str, Any]) -> dict[str, Any]:
    """`{"amount": 5000, "currency": "usd"}`: money from the platform's own bank, available at once."""
    return balance.book(
        call,
        type="topup",
        category="topup",
        amount=int(order["amount"]),
        currency=known_currency(str(order.get("currency", "usd"))),
        source="",
    ).body


def _complete(call: Call, account: Stored, order: dict[str, Any]) -> dict[str, Any]:
    onboarding.complete(call, account, token=str(order.get("external_account", "btok_us_verified")))
    return account.body


def _require(call: Call, account: Stored, order: dict[str, Any]) -> dict[str, Any]:
    fields = [str(each) for each in order.get("fields", [DOCUMENT])]
    onboarding.require(call, account, fields=fields, disable=bool(order.get("disable", True)))
    return account.body


def _disable(call: Call, account: Stored, order: dict[str, Any]) -> dict[str, Any]:
    onboarding.disable(call, account, reason=str(order.get("reason", "rejected.other")))
    return account.body


def _enable(call: Call, account: Stored, order: dict[str, Any]) -> dict[str, Any]:
    onboarding.enable(call, account)
    return account.body


def _deauthorize(call: Call, account: Stored, order: dict[str, Any]) -> dict[str, Any]:
    onboarding.leave(call, account)
    return account.body


def _earn(call: Call, account: Stored, order: dict[str, Any]) -> dict[str, Any]:
    return balance.book(
        call,
        type="payment",
        category="charge",
        amount=int(order["amount"]),
        currency=known_currency(str(order.get("currency", "usd"))),
        source="",
        account=account.id,
    ).body


def _advance(call: Call, payout: Stored, order: dict[str, Any]) -> dict[str, Any]:
    if not paying.advance(call, payout):
        raise OrderRefused(f"{payout.id} is at its end")
    return payout.body


def _fail(call: Call, payout: Stored, order: dict[str, Any]) -> dict[str, Any]:
    paying.fail(call, payout, code=str(order.get("code", "no_account")))
    return payout.body


VERBS: dict[tuple[str, str], Callable[[Call, Stored, dict[str, Any]], dict[str, Any]]] = {
    ("accounts", "complete"): _complete,
    ("accounts", "require"): _require,
    ("accounts", "disable"): _disable,
    ("accounts", "enable"): _enable,
    ("accounts", "deauthorize"): _deauthorize,
    ("accounts", "earn"): _earn,
    ("payouts", "advance"): _advance,
    ("payouts", "fail"): _fail,
}
