"""The control endpoint's part for Razorpay: the customer, the bank and the dashboard.

    GET|POST /_control/razorpay/rules               see `AccountRules`
    GET|POST /_control/razorpay/webhook             {"url": …, "secrets": […], "enabled": true} of our endpoint
    POST /_control/razorpay/orders/{id}/pay         {"method": "4100280000001007"} as the customer in Checkout; answers
                                                    also `checkout`, what Checkout hands to the shop's page
    POST /_control/razorpay/orders/{id}/authorize|fail  the same for the newest payment of an order
    POST /_control/razorpay/payments/{id}/authorize {} the bank says yes, also late, after the payment was failed
    POST /_control/razorpay/payments/{id}/prove     {} what Checkout hands to the shop's page, again
    POST /_control/razorpay/payments/{id}/fail      {"reason": "payment_cancelled"}
    POST /_control/razorpay/payments/{id}/capture   {} by Razorpay or in the dashboard
    POST /_control/razorpay/payments/{id}/release   {} what was never captured is refunded by Razorpay, now
    POST /_control/razorpay/payments/{id}/refund    {"amount": 500} in the dashboard
    POST /_control/razorpay/payments/{id}/dispute   {"amount": 500, "phase": "chargeback"} by the cardholder
    POST /_control/razorpay/disputes/{id}/decide    {"won": true} by the bank, also otherwise than before
    POST /_control/razorpay/disputes/{id}/deduct|close
    POST /_control/razorpay/disputes/{id}/require   {"phase": "arbitration"} the next phase
    POST /_control/razorpay/refunds/{id}/process
    POST /_control/razorpay/refunds/{id}/fail       also after it was processed
    POST /_control/razorpay/tokens/{id}/confirm|reject|pause|resume|cancel   the bank or the customer, of a mandate
    POST /_control/razorpay/tokens/{id}/delete      in the dashboard
    POST /_control/razorpay/settle                  what is not settled goes to the bank
    GET|POST /_control/razorpay/banking_webhook     the same of RazorpayX's endpoint
    POST /_control/razorpay/fund                    {"amount": 500000} comes to the account that payouts are drawn on
    POST /_control/razorpay/dashboard_payout        {"fund_account_id": …, "amount": …} by somebody in the dashboard
    POST /_control/razorpay/payouts/{id}/go_on|process|fail|reverse|reject|cancel   {"reason": …} of fail and reverse
    POST /_control/razorpay/validations/{id}/decide {"verdict": "active"}, "invalid" or "failed", by the payee's bank
    POST /_control/razorpay/events                  {"event": …, "payload": {"payment": {…}}} of any type

Verbs on an object answer `{"object": …, "error": null}`; where Razorpay would refuse, `error` is its error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from payments.sandbox.engine import Engine
from payments.sandbox.gateways import OrderRefused
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.razorpay import disputes, endpoint, orders, paying, refunds, settlements, tokens
from payments.sandbox.razorpay.call import Call
from payments.sandbox.razorpay.errors import RazorpayError
from payments.sandbox.razorpay.events import emit_payload
from payments.sandbox.razorpay.params import Params
from payments.sandbox.razorpay.rules import RuleRefused, change_rules, load_rules
from payments.sandbox.razorpay.ways import WAYS
from payments.sandbox.razorpay.x import control as banking
from payments.sandbox.store import Transaction
from payments.sandbox.verbs import wanted

_KINDS = {
    "orders": orders.KIND,
    "payments": paying.KIND,
    "refunds": refunds.KIND,
    "disputes": disputes.KIND,
    "tokens": tokens.KIND,
    **banking.KINDS,
}


_ENDPOINTS = {"webhook": endpoint.ENDPOINT, "banking_webhook": endpoint.BANKING}
_BANKING = {"fund": banking.fund, "dashboard_payout": banking.dashboard}
_GENERAL = ("rules", "events", "settle", *_ENDPOINTS, *_BANKING)


def obey(running: Engine, *, method: str, path: str, order: dict[str, Any], base_url: str) -> dict[str, Any] | None:
    """Carries an order out; None when there is no such order. Raises OrderRefused."""
    del base_url
    if path in _GENERAL:
        with running.store.write() as transaction:
            return _general(running, transaction, method, path, order)
    named = wanted(_VERBS, method=method, path=path)
    if named is None:
        return None
    with running.store.write() as transaction:
        call = running.razorpay.call(transaction, now=running.clock.now())
        stored = named.object_of(call, kinds=_KINDS)
        try:
            given = named.verb(call, stored, order)
        except RazorpayError as problem:
            return {"object": stored.body, "error": problem.error}
    return {"error": None, **given}


def _general(
    running: Engine, transaction: Transaction, method: str, path: str, order: dict[str, Any]
) -> dict[str, Any] | None:
    if path == "rules":
        if method == "GET":
            return asdict(load_rules(transaction))
        try:
            return change_rules(transaction, changes=order)
        except RuleRefused as problem:
            raise OrderRefused(str(problem)) from problem
    if path in _ENDPOINTS:
        return _endpoint(transaction, method, _ENDPOINTS[path], order)
    if method != "POST":
        return None
    call = running.razorpay.call(transaction, now=running.clock.now())
    if path in _BANKING:
        try:
            return _BANKING[path](call, order)
        except RazorpayError as problem:
            return {"object": None, "error": problem.error}
    if path == "settle":
        settlement = settlements.settle(call)
        return {"object": settlement.body if settlement is not None else None}
    return {"object": emit_payload(call, str(order["event"]), dict(order["payload"])).body}


def _endpoint(transaction: Transaction, method: str, endpoint_id: str, order: dict[str, Any]) -> dict[str, Any]:
    present = endpoint.load_endpoint(transaction, endpoint_id)
    if method == "GET":
        return asdict(present)
    changed = replace(
        present,
        url=str(order.get("url", present.url)),
        secrets=tuple(order.get("secrets", present.secrets)),
        enabled=bool(order.get("enabled", present.enabled)),
    )
    return asdict(endpoint.save_endpoint(transaction, endpoint=changed, endpoint_id=endpoint_id))


def _pay(call: Call, order: Stored, given: dict[str, Any]) -> dict[str, Any]:
    name = str(given.get("method", "4100280000001007"))
    if name not in WAYS:
        raise OrderRefused(f"there is no way {name}; there are {', '.join(WAYS)}")
    payment = paying.pay(call, order, WAYS[name])
    return {"object": payment.body, "checkout": paying.proof(call, payment)}


def _authorize(call: Call, payment: Stored, given: dict[str, Any]) -> dict[str, Any]:
    paying.authorize(call, payment)
    return {"object": payment.body, "checkout": paying.proof(call, payment)}


def _prove(call: Call, payment: Stored, given: dict[str, Any]) -> dict[str, Any]:
    return {"object": payment.body, "checkout": paying.proof(call, payment)}


def _fail(call: Call, payment: Stored, given: dict[str, Any]) -> dict[str, Any]:
    paying.fail(call, payment, reason=str(given.get("reason", "payment_failed")))
    return {"object": payment.body}


def _capture(call: Call, payment: Stored, given: dict[str, Any]) -> dict[str, Any]:
    paying.capture(call, payment, amount=payment.body["amount"], currency=payment.body["currency"])
    return {"object": payment.body}


def _release(call: Call, payment: Stored, given: dict[str, Any]) -> dict[str, Any]:
    return {"object": paying.refund_by_itself(call, payment).body}


def _refund(call: Call, payment: Stored, given: dict[str, Any]) -> dict[str, Any]:
    """Through the same rules as the API, without a key and without notes of ours."""
    call.params = Params({name: given[name] for name in ("amount", "speed", "notes", "receipt") if name in given})
    return {"object": refunds.create(call, payment.id)}


def _process_refund(call: Call, refund: Stored, given: dict[str, Any]) -> dict[str, Any]:
    refunds.process(call, refund)
    return {"object": refund.body}


def _fail_refund(call: Call, refund: Stored, given: dict[str, Any]) -> dict[str, Any]:
    refunds.fail(call, refund)
    return {"object": refund.body}


def _dispute(call: Call, payment: Stored, given: dict[str, Any]) -> dict[str, Any]:
    phase = str(given.get("phase", "chargeback"))
    if phase not in disputes.PHASES:
        raise OrderRefused(f"phase must be one of {', '.join(disputes.PHASES)}")
    amount = int(given.get("amount", payment.body["amount"]))
    reason_code = str(given.get("reason_code", "goods_or_services_not_received_or_partially_received"))
    opened = disputes.open_dispute(call, payment, amount=amount, phase=phase, reason_code=reason_code)
    return {"object": opened.body}


def _decide(call: Call, dispute: Stored, given: dict[str, Any]) -> dict[str, Any]:
    disputes.decide(call, dispute, won=bool(given.get("won", True)))
    return {"object": dispute.body}


def _deduct(call: Call, dispute: Stored, given: dict[str, Any]) -> dict[str, Any]:
    disputes.deduct(call, dispute)
    return {"object": dispute.body}


def _close(call: Call, dispute: Stored, given: dict[str, Any]) -> dict[str, Any]:
    disputes.close(call, dispute)
    return {"object": dispute.body}


def _require(call: Call, dispute: Stored, given: dict[str, Any]) -> dict[str, Any]:
    disputes.require(call, dispute, phase=str(given.get("phase", dispute.body["phase"])))
    return {"object": dispute.body}


def _mandate(verb: str) -> Callable[[Call, Stored, dict[str, Any]], dict[str, Any]]:
    """A step in a mandate's life, by its name."""

    def on_token(call: Call, token: Stored, given: dict[str, Any]) -> dict[str, Any]:
        tokens.change(call, token, verb, reason=str(given.get("reason", "")))
        return {"object": token.body}

    return on_token


def _delete_token(call: Call, token: Stored, given: dict[str, Any]) -> dict[str, Any]:
    call.objects.remove(token)
    return {"object": token.body}


def _latest(verb: Callable[[Call, Stored, dict[str, Any]], dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """The same verb on an order: for its newest payment."""

    def on_order(call: Call, order: Stored, given: dict[str, Any]) -> dict[str, Any]:
        found = call.objects.all(kind=paying.KIND, filters=[Filter("order", (order.id,))])
        if not found:
            raise OrderRefused(f"nobody tried to pay {order.id}")
        return verb(call, found[0], given)

    return on_order


_VERBS: dict[tuple[str, str], Callable[[Call, Stored, dict[str, Any]], dict[str, Any]]] = {
    ("orders", "pay"): _pay,
    ("orders", "authorize"): _latest(_authorize),
    ("orders", "fail"): _latest(_fail),
    ("payments", "authorize"): _authorize,
    ("payments", "fail"): _fail,
    ("payments", "prove"): _prove,
    ("payments", "capture"): _capture,
    ("payments", "release"): _release,
    ("payments", "refund"): _refund,
    ("payments", "dispute"): _dispute,
    ("disputes", "decide"): _decide,
    ("disputes", "deduct"): _deduct,
    ("disputes", "close"): _close,
    ("disputes", "require"): _require,
    ("refunds", "process"): _process_refund,
    ("refunds", "fail"): _fail_refund,
    ("tokens", "delete"): _delete_token,
    **{("tokens", verb): _mandate(verb) for verb in tokens.LIFE},
    **banking.VERBS,
}
