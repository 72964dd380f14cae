"""Which call answers which method and path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from payments.sandbox.razorpay import customers, disputes, orders, payments, recurring, refunds, settlements, tokens
from payments.sandbox.razorpay.x import routes as banking
from payments.sandbox.routing import Route, pattern_of


@dataclass(frozen=True, slots=True)
class RazorpayRoute(Route):
    """`replays`: the call takes an idempotency key of its own header."""

    replays: bool

    @property
    def writes(self) -> bool:
        """Whether it runs in a write transaction."""
        return self.method != "GET"


def _route(method: str, path: str, handler: Callable[..., dict[str, Any]], *, replays: bool = False) -> RazorpayRoute:
    pattern = pattern_of(f"/v1{path}", ids="[A-Za-z0-9_]{1,64}")
    return RazorpayRoute(method, pattern, handler, replays)


ROUTES = (
    _route("POST", "/orders", orders.create),
    _route("GET", "/orders", orders.list_orders),
    _route("GET", "/orders/{id}", orders.retrieve),
    _route("PATCH", "/orders/{id}", orders.edit),
    _route("GET", "/orders/{id}/payments", orders.list_payments),
    _route("GET", "/payments", payments.list_payments),
    _route("POST", "/payments/create/recurring", recurring.create),
    _route("GET", "/payments/{id}", payments.retrieve),
    _route("PATCH", "/payments/{id}", payments.edit),
    _route("POST", "/payments/{id}/capture", payments.capture),
    _route("POST", "/payments/{id}/refund", refunds.create, replays=True),
    _route("GET", "/payments/{id}/refunds", refunds.list_of_payment),
    _route("GET", "/refunds", refunds.list_refunds),
    _route("GET", "/refunds/{id}", refunds.retrieve),
    _route("GET", "/settlements", settlements.list_settlements),
    _route("GET", "/settlements/recon/combined", settlements.recon),
    _route("GET", "/settlements/{id}", settlements.retrieve),
    _route("GET", "/disputes", disputes.list_disputes),
    _route("GET", "/disputes/{id}", disputes.retrieve),
    _route("POST", "/disputes/{id}/accept", disputes.accept),
    _route("PATCH", "/disputes/{id}/contest", disputes.contest),
    _route("POST", "/documents", disputes.upload),
    _route("POST", "/customers", customers.create),
    _route("GET", "/customers", customers.list_customers),
    _route("GET", "/customers/{id}", customers.retrieve),
    _route("PUT", "/customers/{id}", customers.edit),
    _route("GET", "/customers/{id}/tokens", tokens.list_tokens),
    _route("GET", "/customers/{id}/tokens/{id}", tokens.retrieve),
    _route("DELETE", "/customers/{id}/tokens/{id}", tokens.delete),
    *(_route(method, path, handler) for method, path, handler in banking.CALLS),
)
