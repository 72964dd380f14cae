"""The control endpoint's part for PhonePe: the customer, the bank, the dashboard and the forger.

    GET|POST /_control/phonepe/rules              see `payments.sandbox.phonepe.rules.Rules`
    GET|POST /_control/phonepe/webhook            {"url": …, "username": …, "password": …} of our endpoint
    POST /_control/phonepe/tokens/revoke          no token is good any more
    POST /_control/phonepe/forge                  {"event": …, "payload": {…}} of any content under the right header
    POST /_control/phonepe/orders/{id}/pay            {"mode": "UPI_INTENT"} as the customer
    POST /_control/phonepe/orders/{id}/decline        {"mode": …, "code": …, "detail": …}
    POST /_control/phonepe/orders/{id}/begin          the customer is sent to their bank's page
    POST /_control/phonepe/orders/{id}/authenticate   {"succeeds": true} and comes back
    POST /_control/phonepe/orders/{id}/wait           an attempt on which the bank takes its time
    POST /_control/phonepe/orders/{id}/decide         {"succeeds": true} the bank's word on it
    POST /_control/phonepe/orders/{id}/expire         its time is over now
    POST /_control/phonepe/orders/{id}/refund         {"amount": 500} from the dashboard
    POST /_control/phonepe/refunds/{id}/succeed
    POST /_control/phonepe/refunds/{id}/fail          {"code": "…"} also after success

Verbs on an object answer `{"object": …}`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from payments.sandbox.engine import Engine
from payments.sandbox.gateways import OrderRefused
from payments.sandbox.objects import Stored
from payments.sandbox.phonepe import customer, orders, refunds, tokens, webhooks
from payments.sandbox.phonepe.call import Call
from payments.sandbox.phonepe.rules import RuleRefused, change_rules, load_rules
from payments.sandbox.store import Transaction
from payments.sandbox.verbs import wanted

_KINDS = {"orders": orders.KIND, "refunds": refunds.KIND}


def obey(running: Engine, *, method: str, path: str, order: dict[str, Any], base_url: str) -> dict[str, Any] | None:
    """Carries an order out; None when there is no such order. Raises OrderRefused."""
    with running.store.write() as transaction:
        if path in ("rules", "webhook"):
            return _settings(running, transaction, method, path, order)
        call = running.phonepe.call(transaction, now=running.clock.now(), base_url=base_url)
        if method != "POST":
            return None
        if path == "tokens/revoke":
            return {"revoked": tokens.revoke_all(call)}
        if path == "forge":
            event = webhooks.emit(call, str(order.get("event", "")), dict(order.get("payload", {})))
            return {"event": event.id}
        named = wanted(_VERBS, method=method, path=path)
        if named is None:
            return None
        stored = named.object_of(call, kinds=_KINDS)
        try:
            named.verb(call, stored, order)
        except customer.NotNow as problem:
            raise OrderRefused(str(problem)) from problem
        return {"object": stored.body}


def _settings(
    running: Engine, transaction: Transaction, method: str, path: str, order: dict[str, Any]
) -> dict[str, Any]:
    config = running.phonepe.config
    if path == "rules":
        if method == "GET":
            return asdict(load_rules(transaction, config=config))
        try:
            return change_rules(transaction, config=config, changes=order)
        except RuleRefused as problem:
            raise OrderRefused(str(problem)) from problem
    present = webhooks.endpoint(transaction)
    if method == "GET":
        return present
    wanted = {name: str(order.get(name, value)) for name, value in present.items()}
    return webhooks.set_endpoint(transaction, **wanted)


def _pay(call: Call, stored: Stored, order: dict[str, Any]) -> None:
    customer.pay(call, stored, mode=str(order.get("mode", "UPI_INTENT")))


def _decline(call: Call, stored: Stored, order: dict[str, Any]) -> None:
    customer.decline(call, stored, code=str(order.get("code", "")), detail=str(order.get("detail", "")))


def _begin(call: Call, stored: Stored, order: dict[str, Any]) -> None:
    customer.begin_authentication(call, stored)


def _authenticate(call: Call, stored: Stored, order: dict[str, Any]) -> None:
    customer.end_authentication(call, stored, succeeds=bool(order.get("succeeds", True)))


def _wait(call: Call, stored: Stored, order: dict[str, Any]) -> None:
    customer.pay_slowly(call, stored)


def _decide(call: Call, stored: Stored, order: dict[str, Any]) -> None:
    customer.decide(call, stored, succeeds=bool(order.get("succeeds", True)))


def _expire(call: Call, stored: Stored, order: dict[str, Any]) -> None:
    orders.run_out(call, stored)


def _refund(call: Call, stored: Stored, order: dict[str, Any]) -> None:
    if stored.body["state"] != "COMPLETED":
        raise OrderRefused(f"{stored.id} is {stored.body['state']}")
    amount = int(order.get("amount", stored.body["amount"]))
    refunds.make(call, stored, refund_id=call.new_id("DASH"), amount=amount)


def _succeed(call: Call, stored: Stored, order: dict[str, Any]) -> None:
    refunds.succeed(call, stored)


def _fail(call: Call, stored: Stored, order: dict[str, Any]) -> None:
    refunds.fail(call, stored, code=str(order.get("code", "REFUND_FAILED")))


_VERBS: dict[tuple[str, str], Callable[[Call, Stored, dict[str, Any]], None]] = {
    ("orders", "pay"): _pay,
    ("orders", "decline"): _decline,
    ("orders", "begin"): _begin,
    ("orders", "authenticate"): _authenticate,
    ("orders", "wait"): _wait,
    ("orders", "decide"): _decide,
    ("orders", "expire"): _expire,
    ("orders", "refund"): _refund,
    ("refunds", "succeed"): _succeed,
    ("refunds", "fail"): _fail,
}
