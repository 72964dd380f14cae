"""The door of the API: key, parameters, faults, the request itself, and Stripe's headers on every answer."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any

from payments.sandbox import faults, idempotency
from payments.sandbox.doors import ApiAnswer, is_lost, is_refused, strike, wait_for, write_down
from payments.sandbox.engine import Engine
from payments.sandbox.faults import Fault
from payments.sandbox.ids import new_id
from payments.sandbox.routing import find_route
from payments.sandbox.stripe import errors
from payments.sandbox.stripe.call import API_VERSION, GATEWAY
from payments.sandbox.stripe.errors import StripeError
from payments.sandbox.stripe.execution import Work, execute, fault_answer
from payments.sandbox.stripe.params import parse_form
from payments.sandbox.stripe.routes import ROUTES

logger = logging.getLogger("sandbox.stripe")

_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request as it came. `form` is the body of a POST, the query of anything else."""

    method: str
    path: str
    form: str
    api_key: str
    idempotency_key: str = ""
    version: str = ""
    account: str = ""
    base_url: str = ""


def answer(*, engine: Engine, request: ApiRequest) -> ApiAnswer:
    """Answers one request and writes it into the journal."""
    request_id = new_id(prefix="req", length=14)
    engine.run_timers()
    params: dict[str, Any] = {}
    struck: list[Fault] = []
    try:
        publishable = _check_key(request)
        params = parse_form(request.form)
        struck = strike(engine, gateway=GATEWAY, method=request.method, path=request.path, key=request.idempotency_key)
        given = _handle(engine, request, request_id, params, struck, publishable)
    except StripeError as problem:
        given = ApiAnswer(problem.status, json.dumps(problem.body(request_id=request_id)))
    except Exception:
        logger.exception("%s %s failed", request.method, request.path)
        crash = StripeError(status=500, type="api_error", message="The sandbox has a bug here; see its log")
        given = ApiAnswer(500, json.dumps(crash.body(request_id=request_id)))
    _dress(request, request_id, given)
    write_down(
        engine,
        gateway=GATEWAY,
        method=request.method,
        path=request.path,
        params=params,
        key=request.idempotency_key,
        request_id=request_id,
        status=0 if given.dropped else given.status,
        struck=struck,
        replayed=given.replayed,
    )
    return given


def _check_key(request: ApiRequest) -> bool:
    """Whether the key is a publishable one; raises 401 for a key that opens nothing."""
    kind = request.api_key[:8]
    if kind not in ("sk_test_", "rk_test_", "pk_test_") or len(request.api_key) <= len(kind):
        raise errors.invalid_key(request.api_key)
    return kind == "pk_test_"


def _handle(
    engine: Engine,
    request: ApiRequest,
    request_id: str,
    params: dict[str, Any],
    struck: list[Fault],
    publishable: bool,
) -> ApiAnswer:
    """The request with its faults around it."""
    if is_refused(struck):
        return ApiAnswer(0, "", dropped=True)
    for fault in struck:
        # An error that is not kept never reached the endpoint: a rate limit, a lock, a proxy that is down.
        if fault.kind == faults.ERROR and fault.stage == "before" and not fault.is_stored:
            wait_for(struck=struck, stage="before")
            return fault_answer(fault=fault, request_id=request_id)
    found = find_route(ROUTES, method=request.method, path=request.path)
    if found is None:
        raise errors.unrecognized_url(method=request.method, path=request.path)
    if publishable and not found[0].publishable:
        raise errors.publishable_key_refused()
    key = request.idempotency_key if request.method == "POST" else ""
    if len(key) > _LONGEST_KEY:
        raise errors.invalid("Idempotency keys have at most 255 characters.")
    work = Work(
        engine=engine,
        method=request.method,
        path=request.path,
        params=params,
        route=found[0],
        ids=found[1],
        request_id=request_id,
        key=key,
        scope=request.account,
        base_url=request.base_url,
        publishable=publishable,
        struck=struck,
    )
    given = _alone(work) if key else execute(work=work)
    wait_for(struck=struck, stage="after")
    given.dropped = is_lost(struck)
    return given


def _alone(work: Work) -> ApiAnswer:
    """Two requests with one key at once: the second is told so, and nothing is kept of it."""
    try:
        with work.engine.keys_in_use.hold(gateway=GATEWAY, scope=work.scope, key=work.key):
            return execute(work=work)
    except idempotency.KeyInUse as problem:
        raise errors.key_in_use(work.key) from problem


def _dress(request: ApiRequest, request_id: str, given: ApiAnswer) -> None:
    """Stripe's headers, as recorded; the version is echoed, whatever it is, and the shapes stay the newest."""
    headers = {
        "Content-Type": "application/json",
        "Request-Id": request_id,
        "Stripe-Version": request.version or API_VERSION,
    }
    if request.method == "POST" and request.idempotency_key:
        headers["Idempotency-Key"] = request.idempotency_key
        headers["Original-Request"] = request_id
        if given.status < 409:
            headers["Stripe-Should-Retry"] = "false"
        elif given.status == 409:
            headers["Stripe-Should-Retry"] = "true"
    if request.account:
        headers["Stripe-Account"] = request.account
    given.headers = {**headers, **given.headers}
