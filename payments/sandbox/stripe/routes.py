"""Which call answers which method and path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from payments.sandbox.routing import Route, pattern_of
from payments.sandbox.stripe import (
    balance,
    charges,
    customers,
    disputes,
    endpoints,
    events,
    files,
    payment_intents,
    payment_methods,
    refunds,
    sessions,
    setup_intents,
)
from payments.sandbox.stripe.connect import accounts, payouts, transfers


@dataclass(frozen=True, slots=True)
class StripeRoute(Route):
    """`writes`: runs in a write transaction. `publishable`: also open to a publishable key with a client secret.
    `connected`: may be asked for a connected account, with the header `Stripe-Account`."""

    writes: bool
    publishable: bool
    connected: bool


def _route(method: str, path: str, handler: Callable[..., dict[str, Any]], **more: bool) -> StripeRoute:
    pattern = pattern_of(f"/v1{path}", ids="[A-Za-z0-9_]{1,255}")
    writes = more.get("writes", method != "GET")
    publishable, connected = more.get("publishable", False), more.get("connected", False)
    return StripeRoute(method, pattern, handler, writes, publishable, connected)


ROUTES = (
    _route("POST", "/payment_intents", payment_intents.create),
    _route("GET", "/payment_intents", payment_intents.list_intents),
    _route("GET", "/payment_intents/{id}", payment_intents.retrieve, publishable=True),
    _route("POST", "/payment_intents/{id}", payment_intents.update),
    _route("POST", "/payment_intents/{id}/confirm", payment_intents.confirm, publishable=True),
    _route("POST", "/payment_intents/{id}/capture", payment_intents.capture),
    _route("POST", "/payment_intents/{id}/cancel", payment_intents.cancel),
    _route("POST", "/checkout/sessions", sessions.create),
    _route("GET", "/checkout/sessions", sessions.list_sessions),
    _route("GET", "/checkout/sessions/{id}", sessions.retrieve),
    _route("POST", "/checkout/sessions/{id}/expire", sessions.expire),
    _route("GET", "/checkout/sessions/{id}/line_items", sessions.line_items),
    _route("GET", "/charges", charges.list_charges),
    _route("GET", "/charges/{id}", charges.retrieve),
    _route("POST", "/charges/{id}", charges.update),
    _route("POST", "/refunds", refunds.create),
    _route("GET", "/refunds", refunds.list_refunds),
    _route("GET", "/refunds/{id}", refunds.retrieve),
    _route("POST", "/refunds/{id}", refunds.update),
    _route("POST", "/refunds/{id}/cancel", refunds.cancel),
    _route("GET", "/disputes", disputes.list_disputes),
    _route("GET", "/disputes/{id}", disputes.retrieve),
    _route("POST", "/disputes/{id}", disputes.update),
    _route("POST", "/disputes/{id}/close", disputes.close),
    _route("POST", "/files", files.create),
    _route("GET", "/files/{id}", files.retrieve),
    _route("GET", "/balance", balance.retrieve_balance, connected=True),
    _route("GET", "/balance_transactions", balance.list_transactions, connected=True),
    _route("GET", "/balance_transactions/{id}", balance.retrieve, connected=True),
    _route("POST", "/customers", customers.create),
    _route("GET", "/customers", customers.list_customers),
    _route("GET", "/customers/{id}", customers.retrieve),
    _route("POST", "/customers/{id}", customers.update),
    _route("DELETE", "/customers/{id}", customers.delete),
    # Asking for a test name makes a payment method of it, as Stripe does.
    _route("GET", "/payment_methods/{id}", payment_methods.retrieve, writes=True),
    _route("GET", "/payment_methods", payment_methods.list_methods),
    _route("POST", "/payment_methods/{id}", payment_methods.update),
    _route("POST", "/payment_methods/{id}/attach", payment_methods.attach),
    _route("POST", "/payment_methods/{id}/detach", payment_methods.detach),
    _route("GET", "/customers/{id}/payment_methods", payment_methods.list_of_customer),
    _route("POST", "/setup_intents", setup_intents.create),
    _route("GET", "/setup_intents", setup_intents.list_setups),
    _route("GET", "/setup_intents/{id}", setup_intents.retrieve, publishable=True),
    _route("POST", "/setup_intents/{id}/confirm", setup_intents.confirm, publishable=True),
    _route("POST", "/setup_intents/{id}/cancel", setup_intents.cancel),
    _route("GET", "/events", events.list_events, connected=True),
    _route("GET", "/events/{id}", events.retrieve, connected=True),
    _route("POST", "/accounts", accounts.create),
    _route("GET", "/accounts", accounts.list_accounts),
    _route("GET", "/accounts/{id}", accounts.retrieve),
    _route("POST", "/account_links", accounts.create_link),
    _route("POST", "/transfers", transfers.create),
    _route("GET", "/transfers", transfers.list_transfers),
    _route("GET", "/transfers/{id}", transfers.retrieve),
    _route("POST", "/transfers/{id}/reversals", transfers.reverse),
    _route("GET", "/transfers/{id}/reversals", transfers.list_reversals),
    _route("POST", "/payouts", payouts.create, connected=True),
    _route("GET", "/payouts", payouts.list_payouts, connected=True),
    _route("GET", "/payouts/{id}", payouts.retrieve, connected=True),
    _route("POST", "/payouts/{id}/cancel", payouts.cancel, connected=True),
    _route("POST", "/webhook_endpoints", endpoints.create),
    _route("GET", "/webhook_endpoints", endpoints.list_endpoints),
    _route("GET", "/webhook_endpoints/{id}", endpoints.retrieve),
    _route("DELETE", "/webhook_endpoints/{id}", endpoints.delete),
)
