"""The door of the API: token, parameters, faults, and the request itself."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from payments.sandbox.doors import is_lost, is_refused, ordered_error, strike, wait_for, write_down
from payments.sandbox.engine import Engine
from payments.sandbox.faults import Fault
from payments.sandbox.ids import new_id
from payments.sandbox.phonepe import errors, orders, refunds, tokens
from payments.sandbox.phonepe.call import GATEWAY, Call
from payments.sandbox.phonepe.errors import PhonePeError
from payments.sandbox.routing import Route, find_route, pattern_of

logger = logging.getLogger("sandbox.phonepe")

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


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request as it came. `raw` is the body of a POST, the query of anything else."""

    method: str
    path: str
    raw: str
    authorization: str = ""
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What goes back; `dropped` means that nothing does, and the connection is cut."""

    status: int
    body: dict[str, Any]
    dropped: bool = False


def answer(*, engine: Engine, request: ApiRequest) -> ApiAnswer:
    """Answers one request and writes it into the journal."""
    engine.run_timers()
    params: dict[str, Any] = {}
    struck: list[Fault] = []
    try:
        params = _params(request)
        if request.path != TOKEN_PATH:
            with engine.store.read() as transaction:
                tokens.check(engine.phonepe.call(transaction, now=engine.clock.now()), request.authorization)
        struck = strike(engine, gateway=GATEWAY, method=request.method, path=request.path, key=_key(params))
        given = _handle(engine, request, params, struck)
    except PhonePeError as problem:
        given = ApiAnswer(problem.status, problem.body)
    except Exception:
        logger.exception("%s %s failed", request.method, request.path)
        given = ApiAnswer(500, errors.ordered(status=500, error={"message": "The sandbox has a bug here"}).body)
    write_down(
        engine,
        gateway=GATEWAY,
        method=request.method,
        path=request.path,
        params={name: value for name, value in params.items() if name != "client_secret"},
        key=_key(params),
        request_id=new_id(prefix="req", length=14),
        status=0 if given.dropped else given.status,
        struck=struck,
    )
    return given


def _params(request: ApiRequest) -> dict[str, Any]:
    """JSON for what changes something, a form for the token, the query for a read."""
    if request.method != "POST" or request.path == TOKEN_PATH:
        return dict(parse_qsl(request.raw, keep_blank_values=True))
    try:
        params = json.loads(request.raw)
    except ValueError:
        raise errors.bad_request() from None
    if not isinstance(params, dict):
        raise errors.bad_request()
    return params


def _key(params: dict[str, Any]) -> str:
    """The merchant's id of what is to be made: PhonePe's only protection against doing it twice."""
    return str(params.get("merchantRefundId") or params.get("merchantOrderId") or "")[:63]


def _handle(engine: Engine, request: ApiRequest, params: dict[str, Any], struck: list[Fault]) -> ApiAnswer:
    """The request with its faults around it."""
    if is_refused(struck):
        return ApiAnswer(0, {}, dropped=True)
    wait_for(struck=struck, stage="before")
    _raise_ordered(struck, "before")
    with engine.store.write() as transaction:
        call = engine.phonepe.call(
            transaction, now=engine.clock.now(), params=params, base_url=request.base_url, idempotency_key=_key(params)
        )
        body = _run(engine, call, request)
    wait_for(struck=struck, stage="after")
    _raise_ordered(struck, "after")
    return ApiAnswer(200, body, dropped=is_lost(struck))


def _run(engine: Engine, call: Call, request: ApiRequest) -> dict[str, Any]:
    if (request.method, request.path) == ("POST", TOKEN_PATH):
        return tokens.issue(call, engine.phonepe.config)
    found = find_route(ROUTES, method=request.method, path=request.path)
    if found is None:
        raise errors.no_such_path()
    route, ids = found
    return route.handler(call, *ids)


def _raise_ordered(struck: list[Fault], stage: str) -> None:
    error = ordered_error(struck, stage)
    if error is not None:
        raise errors.ordered(status=error.status, error=error.error)
