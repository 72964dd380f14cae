"""Which call answers which method and path."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from payments.sandbox.razorpay import disputes, orders, payments, refunds, settlements


@dataclass(frozen=True, slots=True)
class Route:
    """`replays`: the call takes an idempotency key of its own header."""

    method: str
    pattern: re.Pattern[str]
    handler: Callable[..., dict[str, Any]]
    replays: bool = False

    @property
    def writes(self) -> bool:
        """Whether it runs in a write transaction."""
        return self.method != "GET"


def _route(method: str, path: str, handler: Callable[..., dict[str, Any]], *, replays: bool = False) -> Route:
    return Route(method, re.compile("/v1" + path.replace("{id}", "([A-Za-z0-9_]{1,64})")), handler, replays)


ROUTES = (
    _route("POST", "/orders", orders.create),
    _route("GET", "/orders", orders.list_orders),
    _route("GET", "/orders/{id}", orders.retrieve),
    _route("PATCH", "/orders/{id}", orders.edit),
    _route("GET", "/orders/{id}/payments", orders.list_payments),
    _route("GET", "/payments", payments.list_payments),
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
)


def find_route(*, method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """The route and the ids in the path."""
    for route in ROUTES:
        if route.method == method:
            match = route.pattern.fullmatch(path)
            if match is not None:
                return route, match.groups()
    return None
