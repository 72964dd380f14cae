"""One API request executed: its effects, its stored answer and its faults in one transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from payments.sandbox import idempotency
from payments.sandbox.doors import ApiAnswer, ordered_error, wait_for
from payments.sandbox.engine import Engine
from payments.sandbox.faults import Fault
from payments.sandbox.store import Transaction
from payments.sandbox.stripe import errors
from payments.sandbox.stripe.call import GATEWAY
from payments.sandbox.stripe.connect.accounts import check_account
from payments.sandbox.stripe.errors import StripeError
from payments.sandbox.stripe.expand import expand
from payments.sandbox.stripe.params import Params
from payments.sandbox.stripe.routes import StripeRoute


@dataclass(frozen=True, slots=True)
class Work:
    """A request whose route is known. `key` is empty where none was sent; `scope` is the account that it acts for."""

    engine: Engine
    method: str
    path: str
    params: dict[str, Any]
    route: StripeRoute
    ids: tuple[str, ...]
    request_id: str
    key: str
    scope: str
    base_url: str
    publishable: bool
    struck: list[Fault]


def execute(*, work: Work) -> ApiAnswer:
    """Runs the request, or replays what was answered to its key; raises StripeError for what is not executed."""
    wait_for(struck=work.struck, stage="before")
    if not work.route.writes:
        return _read(work)
    with work.engine.store.write() as transaction:
        earlier = _earlier(work, transaction)
        if earlier is not None:
            return earlier
        error = ordered_error(work.struck, "before")
        if error is not None:
            given = kept = fault_answer(fault=error, request_id=work.request_id)
        else:
            given = kept = _executed(work, transaction)
            error = ordered_error(work.struck, "after")
            if error is not None:
                given = fault_answer(fault=error, request_id=work.request_id)
                kept = given if error.is_stored else kept
        if work.key:
            _keep(work, transaction, kept)
    return given


def _read(work: Work) -> ApiAnswer:
    error = ordered_error(work.struck, "before") or ordered_error(work.struck, "after")
    if error is not None:
        return fault_answer(fault=error, request_id=work.request_id)
    with work.engine.store.read() as transaction:
        return ApiAnswer(200, json.dumps(_run(work, transaction)))


def fault_answer(*, fault: Fault, request_id: str) -> ApiAnswer:
    """The error that was ordered; its words are Stripe's for that status unless the order has its own."""
    usual: dict[int, dict[str, str]] = {
        409: {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": "Please try again later."},
        429: {"type": "invalid_request_error", "code": "rate_limit", "message": "Request rate limit exceeded."},
    }
    fallback = {
        "type": "api_error" if fault.status >= 500 else "invalid_request_error",
        "message": "An error occurred with our connection to the processor. This was ordered.",
    }
    error = {**usual.get(fault.status, fallback), **fault.error}
    body = {"error": {**error, "request_log_url": f"https://dashboard.stripe.com/test/logs/{request_id}"}}
    return ApiAnswer(fault.status, json.dumps(body), headers=dict(fault.headers))


def _executed(work: Work, transaction: Transaction) -> ApiAnswer:
    """A refusal after the work had begun is an answer like any other: it commits and is kept."""
    try:
        return ApiAnswer(200, json.dumps(_run(work, transaction)))
    except StripeError as problem:
        if not problem.executed:
            raise
        return ApiAnswer(problem.status, json.dumps(problem.body(request_id=work.request_id)))


def _run(work: Work, transaction: Transaction) -> dict[str, Any]:
    call = work.engine.stripe.call(
        transaction,
        now=work.engine.clock.now(),
        params=Params(work.params),
        request_id=work.request_id,
        idempotency_key=work.key,
        base_url=work.base_url,
        publishable=work.publishable,
        account=work.scope,
    )
    if work.scope:
        check_account(call, connected=work.route.connected)
    return expand(call, work.route.handler(call, *work.ids))


def _earlier(work: Work, transaction: Transaction) -> ApiAnswer | None:
    if not work.key:
        return None
    endpoint = f"{work.method} {work.path}"
    stored = idempotency.find(
        transaction,
        gateway=GATEWAY,
        scope=work.scope,
        key=work.key,
        endpoint=endpoint,
        params=work.params,
        now=work.engine.clock.now(),
    )
    if stored is None:
        return None
    if not (stored.same_endpoint and stored.same_params):
        raise errors.key_reused(
            key=work.key, same_endpoint=stored.same_endpoint, endpoint=endpoint, first=stored.endpoint
        )
    headers = {"Idempotent-Replayed": "true", "Original-Request": stored.request_id}
    return ApiAnswer(stored.status, stored.body, headers=headers, replayed=True)


def _keep(work: Work, transaction: Transaction, given: ApiAnswer) -> None:
    idempotency.keep(
        transaction,
        gateway=GATEWAY,
        scope=work.scope,
        key=work.key,
        endpoint=f"{work.method} {work.path}",
        params=work.params,
        status=given.status,
        body=given.body,
        request_id=work.request_id,
        now=work.engine.clock.now(),
    )
