"""The door of the API: key, parameters, faults, and the request itself."""

from __future__ import annotations

import hmac
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
from payments.sandbox.routing import Route, find_route, pattern_of
from payments.sandbox.transfers import offers
from payments.sandbox.transfers.call import GATEWAY
from payments.sandbox.transfers.errors import TransferError, bad_request, not_found, unauthorized

logger = logging.getLogger("sandbox.transfers")
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


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request as it came. `raw` is the body of a POST, the query of anything else."""

    method: str
    path: str
    raw: str
    authorization: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What goes back; `dropped` means that nothing does, and the connection is cut."""

    status: int
    body: dict[str, Any]
    request_id: str = ""
    dropped: bool = False


def answer(*, engine: Engine, request: ApiRequest) -> ApiAnswer:
    """Answers one request and writes it into the journal."""
    engine.run_timers()
    params: dict[str, Any] = {}
    struck: list[Fault] = []
    request_id = new_id(prefix="req", length=14)
    try:
        params = _params(request)
        struck = strike(engine, gateway=GATEWAY, method=request.method, path=request.path, key=_key(request, params))
        given = _handle(engine, request, params, struck)
    except TransferError as problem:
        given = ApiAnswer(problem.status, problem.body)
    except Exception:
        logger.exception("%s %s failed", request.method, request.path)
        given = ApiAnswer(500, {"statusCode": 500, "code": "internal", "message": "The sandbox has a bug here"})
    write_down(
        engine,
        gateway=GATEWAY,
        method=request.method,
        path=request.path,
        params={name: value for name, value in params.items() if name not in ("secret", "tickets", "recipient")},
        key=_key(request, params),
        request_id=request_id,
        status=0 if given.dropped else given.status,
        struck=struck,
    )
    return ApiAnswer(given.status, given.body, request_id=request_id, dropped=given.dropped)


def _params(request: ApiRequest) -> dict[str, Any]:
    if request.method != "POST":
        return dict(parse_qsl(request.raw, keep_blank_values=True))
    try:
        params = json.loads(request.raw or "{}")
    except ValueError:
        raise bad_request("the body is not JSON") from None
    if not isinstance(params, dict):
        raise bad_request("the body must be an object")
    return params


def _key(request: ApiRequest, params: dict[str, Any]) -> str:
    """Our reference, or the key of a cancellation."""
    return str(params.get("reference") or request.key)[:64]


def _handle(engine: Engine, request: ApiRequest, params: dict[str, Any], struck: list[Fault]) -> ApiAnswer:
    """The request with its faults around it."""
    if is_refused(struck):
        return ApiAnswer(0, {}, dropped=True)
    wait_for(struck=struck, stage="before")
    _raise_ordered(struck, "before")
    found = find_route(ROUTES, method=request.method, path=request.path)
    if found is None:
        raise not_found()
    route, ids = found
    if route.handler not in _BY_SECRET:
        _check_key(engine, request.authorization)
    with engine.store.write() as transaction:
        call = engine.transfers.call(
            transaction, now=engine.clock.now(), params=params, idempotency_key=_key(request, params)
        )
        body = route.handler(call, *ids)
    wait_for(struck=struck, stage="after")
    _raise_ordered(struck, "after")
    return ApiAnswer(200, body, dropped=is_lost(struck))


def _check_key(engine: Engine, authorization: str) -> None:
    key = engine.transfers.config.api_key
    if not key or not hmac.compare_digest(authorization.encode(), f"Bearer {key}".encode()):
        raise unauthorized()


def _raise_ordered(struck: list[Fault], stage: str) -> None:
    error = ordered_error(struck, stage)
    if error is not None:
        raise TransferError(error.status, "ordered", "So it was ordered")
