"""The door of the API: key, parameters, faults, the request itself, and its line in the journal."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from payments.sandbox import idempotency
from payments.sandbox.doors import ApiAnswer, is_lost, is_refused, ordered_error, strike, wait_for, write_down
from payments.sandbox.engine import Engine
from payments.sandbox.faults import Fault
from payments.sandbox.ids import new_id
from payments.sandbox.razorpay import errors
from payments.sandbox.razorpay.call import GATEWAY
from payments.sandbox.razorpay.errors import RazorpayError
from payments.sandbox.razorpay.params import Params
from payments.sandbox.razorpay.routes import ROUTES, RazorpayRoute
from payments.sandbox.razorpay.rules import load_rules
from payments.sandbox.razorpay.x.routes import PREFIXES
from payments.sandbox.routing import find_route
from payments.sandbox.store import Transaction

logger = logging.getLogger("sandbox.razorpay")

_KEY = re.compile(r"[A-Za-z0-9_-]{10,255}")


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request as it came. `refund_key` is the header X-Refund-Idempotency, `payout_key` X-Payout-Idempotency."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    key_id: str = ""
    key_secret: str = ""
    refund_key: str = ""
    payout_key: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """A request whose route is known."""

    engine: Engine
    request: ApiRequest
    route: RazorpayRoute
    ids: tuple[str, ...]
    params: dict[str, Any]
    request_id: str
    struck: list[Fault]

    @property
    def key(self) -> str:
        """The key under which its answer is kept; empty where the call takes none, or keeps more than its answer."""
        return self.request.refund_key if self.route.replays else ""


def answer(*, engine: Engine, request: ApiRequest) -> ApiAnswer:
    """Answers one request and writes it into the journal."""
    request_id = new_id(prefix="req", length=14)
    engine.run_timers()
    params: dict[str, Any] = {}
    struck: list[Fault] = []
    try:
        _check_key(engine, request)
        params = _params(request)
        struck = strike(engine, gateway=GATEWAY, method=request.method, path=request.path, key=_key(request))
        given = _handle(engine, request, request_id, params, struck)
    except RazorpayError as problem:
        given = _refusal(problem)
    except Exception:
        logger.exception("%s %s failed", request.method, request.path)
        given = _refusal(errors.of_status(500))
    given.headers = {"Content-Type": "application/json", "X-Razorpay-Request-Id": request_id, **given.headers}
    write_down(
        engine,
        gateway=GATEWAY,
        method=request.method,
        path=request.path,
        params=params,
        key=_key(request),
        request_id=request_id,
        status=0 if given.dropped else given.status,
        struck=struck,
        replayed=given.replayed,
    )
    return given


def _refusal(problem: RazorpayError) -> ApiAnswer:
    return ApiAnswer(problem.status, json.dumps(problem.body))


def _key(request: ApiRequest) -> str:
    return request.refund_key or request.payout_key


def _check_key(engine: Engine, request: ApiRequest) -> None:
    """RazorpayX has a key of its own, and a list of the addresses from which it may be used."""
    config = engine.config.razorpay
    is_banking = request.path.startswith(PREFIXES)
    known = (config.banking.key_id, config.banking.key_secret) if is_banking else (config.key_id, config.key_secret)
    if (request.key_id, request.key_secret) != known:
        raise errors.bad_key()
    if is_banking:
        with engine.store.read() as transaction:
            if not load_rules(transaction).address_is_listed:
                raise errors.bad_address()


def _params(request: ApiRequest) -> dict[str, Any]:
    if request.method == "GET":
        return dict(parse_qsl(request.query, keep_blank_values=True))
    if not request.body:
        return {}
    try:
        parsed = json.loads(request.body)
    except ValueError:
        raise errors.invalid("The request body is not valid JSON.") from None
    if not isinstance(parsed, dict):
        raise errors.invalid("The request body must be an object.")
    return parsed


def _handle(
    engine: Engine, request: ApiRequest, request_id: str, params: dict[str, Any], struck: list[Fault]
) -> ApiAnswer:
    """The request with its faults around it."""
    if is_refused(struck):
        return ApiAnswer(0, "", dropped=True)
    wait_for(struck=struck, stage="before")
    error = ordered_error(struck, "before")
    if error is not None:
        return _ordered(error)
    found = find_route(ROUTES, method=request.method, path=request.path)
    if found is None:
        raise errors.no_such_url()
    work = Work(engine, request, found[0], found[1], params, request_id, struck)
    given = _alone(work) if work.key else _execute(work)
    wait_for(struck=struck, stage="after")
    error = ordered_error(struck, "after")
    if error is not None:
        given = _ordered(error)
    given.dropped = is_lost(struck)
    return given


def _ordered(fault: Fault) -> ApiAnswer:
    problem = errors.of_status(fault.status)
    problem.error |= fault.error
    return ApiAnswer(fault.status, json.dumps(problem.body), headers=dict(fault.headers))


def _alone(work: Work) -> ApiAnswer:
    """Two refunds with one key at once: the second is told so."""
    if not _KEY.fullmatch(work.key):
        raise errors.invalid("The idempotency key must be at least 10 characters of letters, digits, - and _.")
    try:
        with work.engine.keys_in_use.hold(gateway=GATEWAY, scope=work.request.path, key=work.key):
            return _execute(work)
    except idempotency.KeyInUse:
        raise errors.other_request("Request failed because another request is in progress with the same key.") from None


def _execute(work: Work) -> ApiAnswer:
    store = work.engine.store
    if not work.route.writes:
        with store.read() as transaction:
            return ApiAnswer(200, json.dumps(_run(work, transaction)))
    with store.write() as transaction:
        earlier = _earlier(work, transaction)
        if earlier is not None:
            return earlier
        given = ApiAnswer(200, json.dumps(_run(work, transaction)))
        if work.key:
            idempotency.keep(
                transaction, **_kept_as(work), status=given.status, body=given.body, request_id=work.request_id
            )
    return given


def _run(work: Work, transaction: Transaction) -> dict[str, Any]:
    call = work.engine.razorpay.call(
        transaction,
        now=work.engine.clock.now(),
        params=Params(work.params),
        request_id=work.request_id,
        idempotency_key=work.key or work.request.payout_key,
    )
    return work.route.handler(call, *work.ids)


def _kept_as(work: Work) -> dict[str, Any]:
    return {
        "gateway": GATEWAY,
        "scope": "refund",
        "key": work.key,
        "endpoint": f"{work.request.method} {work.request.path}",
        "params": work.params,
        "now": work.engine.clock.now(),
    }


def _earlier(work: Work, transaction: Transaction) -> ApiAnswer | None:
    if not work.key:
        return None
    stored = idempotency.find(transaction, **_kept_as(work))
    if stored is None:
        return None
    if not (stored.same_endpoint and stored.same_params):
        raise errors.other_request("Different request with the same idempotency key has already been processed.")
    return ApiAnswer(stored.status, stored.body, replayed=True)
