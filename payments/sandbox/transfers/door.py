"""The door of the API: whose key it takes, and which call answers which path."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from payments.sandbox.engine import Engine
from payments.sandbox.faults import Fault
from payments.sandbox.json_doors import ApiRequest, JsonDoor
from payments.sandbox.routing import Route, find_route, pattern_of
from payments.sandbox.store import Transaction
from payments.sandbox.transfers import offers
from payments.sandbox.transfers.call import GATEWAY
from payments.sandbox.transfers.errors import TransferError, bad_request, not_found, unauthorized

# The recipient has no key, but the secret of the letter.
_BY_SECRET = (offers.accept, offers.reject)


def _route(method: str, path: str, handler: Callable[..., dict[str, Any]]) -> Route:
    return Route(method, pattern_of(f"/api/ticket-transfers{path}", ids="[A-Za-z0-9_-]{1,64}"), handler)


ROUTES = (
    _route("POST", "", offers.create),
    _route("GET", "", offers.listing),
    _route("GET", "/{id}", offers.retrieve),
    _route("POST", "/{id}/cancel", offers.cancel),
    _route("POST", "/{id}/accept", offers.accept),
    _route("POST", "/{id}/reject", offers.reject),
)


class TransfersDoor(JsonDoor):
    """See `payments.sandbox.json_doors.JsonDoor`."""

    gateway = GATEWAY
    unwritten = frozenset({"secret", "tickets", "recipient"})
    empty = "{}"
    names_requests = True

    def bug(self) -> TransferError:
        """See the door."""
        return TransferError(500, "internal", "The sandbox has a bug here")

    def bad_body(self, message: str) -> TransferError:
        """See the door."""
        return bad_request(message)

    def ordered(self, fault: Fault) -> TransferError:
        """See the door."""
        return TransferError(fault.status, "ordered", "So it was ordered")

    def key(self, request: ApiRequest, params: dict[str, Any]) -> str:
        """Our reference, or the key of a cancellation."""
        return str(params.get("reference") or request.key)[:64]

    def run(
        self, engine: Engine, transaction: Transaction, request: ApiRequest, params: dict[str, Any]
    ) -> dict[str, Any]:
        """See the door."""
        found = find_route(ROUTES, method=request.method, path=request.path)
        if found is None:
            raise not_found()
        route, ids = found
        if route.handler not in _BY_SECRET:
            _check_key(engine, request.authorization)
        call = engine.transfers.call(
            transaction, now=engine.clock.now(), params=params, idempotency_key=self.key(request, params)
        )
        return route.handler(call, *ids)


def _check_key(engine: Engine, authorization: str) -> None:
    key = engine.transfers.config.api_key
    if not key or not hmac.compare_digest(authorization.encode(), f"Bearer {key}".encode()):
        raise unauthorized()


DOOR = TransfersDoor()
