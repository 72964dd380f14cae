"""The door of the API: whose token it takes, and which call answers which path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payments.sandbox.engine import Engine
from payments.sandbox.faults import Fault
from payments.sandbox.json_doors import ApiRequest, JsonDoor
from payments.sandbox.phonepe import errors, orders, refunds, tokens
from payments.sandbox.phonepe.call import GATEWAY
from payments.sandbox.phonepe.errors import PhonePeError
from payments.sandbox.routing import Route, find_route, pattern_of
from payments.sandbox.store import Transaction

BASE = "/apis/pg-sandbox"
TOKEN_PATH = f"{BASE}/v1/oauth/token"


def _route(method: str, path: str, handler: Callable[..., dict[str, Any]]) -> Route:
    return Route(method, pattern_of(f"{BASE}{path}", ids="[A-Za-z0-9_-]{1,63}"), handler)


ROUTES = (
    _route("POST", "/checkout/v2/pay", orders.create),
    _route("GET", "/checkout/v2/order/{id}/status", orders.status),
    _route("POST", "/payments/v2/refund", refunds.create),
    _route("GET", "/payments/v2/refund/{id}/status", refunds.status),
)


class PhonePeDoor(JsonDoor):
    """See `payments.sandbox.json_doors.JsonDoor`."""

    gateway = GATEWAY
    unwritten = frozenset({"client_secret"})

    def bug(self) -> PhonePeError:
        """See the door."""
        return errors.ordered(status=500, error={"message": "The sandbox has a bug here"})

    def bad_body(self, message: str) -> PhonePeError:
        """See the door; PhonePe does not say what is wrong."""
        return errors.bad_request()

    def ordered(self, fault: Fault) -> PhonePeError:
        """See the door."""
        return errors.ordered(status=fault.status, error=fault.error)

    def key(self, request: ApiRequest, params: dict[str, Any]) -> str:
        """The merchant's id of what is to be made: PhonePe's only protection against doing it twice."""
        return str(params.get("merchantRefundId") or params.get("merchantOrderId") or "")[:63]

    def takes_form(self, request: ApiRequest) -> bool:
        """The token is asked for by a form."""
        return super().takes_form(request) or request.path == TOKEN_PATH

    def admit(self, engine: Engine, request: ApiRequest) -> None:
        """Whoever has no token gets nowhere but to the token's path."""
        if request.path != TOKEN_PATH:
            with engine.store.read() as transaction:
                tokens.check(engine.phonepe.call(transaction, now=engine.clock.now()), request.authorization)

    def run(
        self, engine: Engine, transaction: Transaction, request: ApiRequest, params: dict[str, Any]
    ) -> dict[str, Any]:
        """See the door."""
        call = engine.phonepe.call(
            transaction,
            now=engine.clock.now(),
            params=params,
            base_url=request.base_url,
            idempotency_key=self.key(request, params),
        )
        if (request.method, request.path) == ("POST", TOKEN_PATH):
            return tokens.issue(call, engine.phonepe.config)
        found = find_route(ROUTES, method=request.method, path=request.path)
        if found is None:
            raise errors.no_such_path()
        route, ids = found
        return route.handler(call, *ids)


DOOR = PhonePeDoor()
