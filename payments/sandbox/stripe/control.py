"""The control endpoint's part for Stripe: the customer, the bank and the dashboard.

    GET|POST /_control/stripe/rules             fees, currencies, rates, late fees, refund order: see `AccountRules`
    GET|POST /_control/stripe/webhook           {"url": …, "secrets": […], "sign_with_all": true} of our endpoint
    POST /_control/stripe/payment_intents/{id}/confirm       {"payment_method": "pm_card_visa"} as the customer
    POST /_control/stripe/payment_intents/{id}/authenticate  {"succeeds": true} the customer's answer to 3-D Secure
    POST /_control/stripe/payment_intents/{id}/finish        {"succeeds": true} the bank's answer while processing
    POST /_control/stripe/payment_intents/{id}/expire        the authorisation runs out now
    POST /_control/stripe/sessions/{id}/pay                  {"payment_method": …, "email": …} as the customer
    POST /_control/stripe/sessions/{id}/expire
    POST /_control/stripe/charges/{id}/settle                the late balance transaction comes now
    POST /_control/stripe/charges/{id}/refund                {"amount": 500, "reason": …} from the dashboard
    POST /_control/stripe/refunds/{id}/succeed
    POST /_control/stripe/refunds/{id}/fail                  {"reason": "expired_or_canceled_card"} also after success
    POST /_control/stripe/refunds/{id}/advance               what it would do by itself: succeed, fail, be referenced
    POST /_control/stripe/charges/{id}/dispute               {"amount": 500, "reason": …, "inquiry": false} a cardholder
    POST /_control/stripe/disputes/{id}/escalate             an inquiry becomes a chargeback
    POST /_control/stripe/disputes/{id}/win                  {"reinstated": true, "fee": 0} the bank decides for us
    POST /_control/stripe/disputes/{id}/lose                 the bank decides against us; closes an inquiry
    POST /_control/stripe/disputes/{id}/appeal               what is won is taken again, what is lost is appealed
    POST /_control/stripe/disputes/{id}/prevent              settled by a programme of the card network
    POST /_control/stripe/disputes/{id}/withdraw             {"amount": 500, "fee": 0} money goes
    POST /_control/stripe/disputes/{id}/reinstate            {"amount": 500, "fee": 0} money comes back, all or part
    POST /_control/stripe/setup_intents/{id}/confirm         {"payment_method": "pm_card_visa"} saved by the customer
    POST /_control/stripe/setup_intents/{id}/authenticate    {"succeeds": true}
    POST /_control/stripe/payment_methods/{id}/renew         {"exp_month", "exp_year", "last4"} the bank's new card
    POST /_control/stripe/payment_methods/{id}/behave        {"behave_as": "pm_card_chargeDeclinedLostCard"} from now on
    POST /_control/stripe/payment_methods/{id}/detach        in the dashboard
    POST /_control/stripe/customers/{id}/save                {"payment_method": "pm_card_visa"} in the dashboard
    POST /_control/stripe/customers/{id}/delete              in the dashboard
    POST /_control/stripe/accounts/…, payouts/…              Connect: see `connect/control.py`
    POST /_control/stripe/topup                              {"amount": 5000, "currency": "usd"} from our own bank
    POST /_control/stripe/settle                             all late balance transactions and refunds, now
    POST /_control/stripe/events                             {"type": …, "object": {…}, "previous": {…}} of any type

Verbs on an object answer `{"object": …, "error": null}`; where Stripe would refuse or decline, `error` is its error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from payments.sandbox.engine import Engine
from payments.sandbox.gateways import OrderRefused
from payments.sandbox.objects import Stored
from payments.sandbox.store import Transaction
from payments.sandbox.stripe import (
    capturing,
    charges,
    confirming,
    customers,
    dispute_control,
    disputing,
    intents,
    method_control,
    payment_methods,
    refunding,
    refunds,
    session_progress,
    sessions,
    setup_intents,
)
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.connect import accounts, paying
from payments.sandbox.stripe.connect import control as connect_control
from payments.sandbox.stripe.endpoints import default_endpoint, set_default_endpoint
from payments.sandbox.stripe.errors import StripeError
from payments.sandbox.stripe.events import emit_body
from payments.sandbox.stripe.params import Params
from payments.sandbox.stripe.payment_methods import obtain
from payments.sandbox.stripe.rules import RuleRefused, change_rules, load_rules
from payments.sandbox.verbs import wanted

_KINDS = {
    "payment_intents": intents.KIND,
    "sessions": session_progress.KIND,
    "charges": charges.KIND,
    "refunds": refunding.KIND,
    "disputes": disputing.KIND,
    "setup_intents": setup_intents.KIND,
    "payment_methods": payment_methods.KIND,
    "customers": customers.KIND,
    "accounts": accounts.KIND,
    "payouts": paying.KIND,
}


def obey(running: Engine, *, method: str, path: str, order: dict[str, Any], base_url: str) -> dict[str, Any] | None:
    """Carries an order out; None when there is no such order. Raises OrderRefused."""
    if path in ("rules", "webhook", "settle", "events", "topup"):
        with running.store.write() as transaction:
            return _general(running, transaction, method, path, order)
    named = wanted(_VERBS, method=method, path=path)
    if named is None:
        return None
    with running.store.write() as transaction:
        call = _call(running, transaction, base_url)
        stored = named.object_of(call, kinds=_KINDS)
        try:
            shown = named.verb(call, stored, order)
        except StripeError as problem:
            if not problem.executed:
                raise OrderRefused(str(problem)) from problem
            fresh = call.load(stored.kind, stored.id)
            return {"object": fresh.body, "error": problem.body(request_id="")["error"]}
    return {"object": shown, "error": None}


def _general(
    running: Engine, transaction: Transaction, method: str, path: str, order: dict[str, Any]
) -> dict[str, Any] | None:
    if path == "rules" and method == "GET":
        return asdict(load_rules(transaction, config=running.config))
    if path == "rules":
        try:
            return change_rules(transaction, config=running.config, changes=order)
        except RuleRefused as problem:
            raise OrderRefused(str(problem)) from problem
    if path == "webhook":
        present = default_endpoint(transaction)
        if method == "GET":
            return present
        wanted = {**present, **order}
        return set_default_endpoint(
            transaction,
            url=str(wanted["url"]),
            secrets=tuple(wanted["secrets"]),
            sign_with_all=bool(wanted["sign_with_all"]),
        )
    if method != "POST":
        return None
    call = _call(running, transaction, "")
    if path == "settle":
        return _settle_all(call)
    if path == "topup":
        return {"object": connect_control.top_up(call, order)}
    event = emit_body(call, str(order["type"]), dict(order["object"]), previous=order.get("previous"))
    return {"object": event.body}


def _call(running: Engine, transaction: Transaction, base_url: str) -> Call:
    return running.stripe.call(transaction, now=running.clock.now(), base_url=base_url)


def _settle_all(call: Call) -> dict[str, Any]:
    settled = [each.id for each in call.objects.all(kind=charges.KIND) if charges.settle_late(call, each)]
    moved = [each.id for each in call.objects.all(kind=refunding.KIND) if refunding.advance(call, each)]
    return {"charges": settled, "refunds": moved}


def _confirm(call: Call, intent: Stored, order: dict[str, Any]) -> dict[str, Any]:
    method = obtain(call, str(order.get("payment_method", "pm_card_visa")), customer=intent.body["customer"])
    confirming.confirm(call, intent, method, return_url=order.get("return_url"))
    return intent.body


def _authenticate(call: Call, intent: Stored, order: dict[str, Any]) -> dict[str, Any]:
    confirming.authenticate(call, intent, succeeds=bool(order.get("succeeds", True)))
    return intent.body


def _finish(call: Call, intent: Stored, order: dict[str, Any]) -> dict[str, Any]:
    confirming.finish(call, intent, succeeds=bool(order.get("succeeds", True)))
    return intent.body


def _expire_authorisation(call: Call, intent: Stored, order: dict[str, Any]) -> dict[str, Any]:
    if not capturing.expire_authorisation(call, intent):
        raise OrderRefused(f"{intent.id} is {intent.body['status']}: there is no authorisation to expire")
    return intent.body


def _pay(call: Call, session: Stored, order: dict[str, Any]) -> dict[str, Any]:
    method = str(order.get("payment_method", "pm_card_visa"))
    sessions.pay(call, session, method_name=method, email=order.get("email"))
    return call.load(session_progress.KIND, session.id).body


def _expire_session(call: Call, session: Stored, order: dict[str, Any]) -> dict[str, Any]:
    sessions.close(call, session)
    return session.body


def _settle_charge(call: Call, charge: Stored, order: dict[str, Any]) -> dict[str, Any]:
    if not charges.settle_late(call, charge):
        raise OrderRefused(f"{charge.id} waits for no balance transaction")
    return charge.body


def _refund_charge(call: Call, charge: Stored, order: dict[str, Any]) -> dict[str, Any]:
    """Through the same rules as the API, but nobody sent a request: the event's `request` is empty."""
    fields: dict[str, Any] = {name: str(order[name]) for name in ("amount", "reason") if name in order}
    call.params = Params({"charge": charge.id, **fields, "metadata": order.get("metadata", {})})
    return refunds.create(call)


def _succeed_refund(call: Call, refund: Stored, order: dict[str, Any]) -> dict[str, Any]:
    refunding.succeed(call, refund)
    return refund.body


def _fail_refund(call: Call, refund: Stored, order: dict[str, Any]) -> dict[str, Any]:
    refunding.fail(call, refund, reason=str(order.get("reason", "expired_or_canceled_card")))
    return refund.body


def _advance_refund(call: Call, refund: Stored, order: dict[str, Any]) -> dict[str, Any]:
    if not refunding.advance(call, refund):
        raise OrderRefused(f"{refund.id} is at its end")
    return refund.body


_VERBS: dict[tuple[str, str], Callable[[Call, Stored, dict[str, Any]], dict[str, Any]]] = {
    ("payment_intents", "confirm"): _confirm,
    ("payment_intents", "authenticate"): _authenticate,
    ("payment_intents", "finish"): _finish,
    ("payment_intents", "expire"): _expire_authorisation,
    ("sessions", "pay"): _pay,
    ("sessions", "expire"): _expire_session,
    ("charges", "settle"): _settle_charge,
    ("charges", "refund"): _refund_charge,
    ("refunds", "succeed"): _succeed_refund,
    ("refunds", "fail"): _fail_refund,
    ("refunds", "advance"): _advance_refund,
    **dispute_control.VERBS,
    **method_control.VERBS,
    **connect_control.VERBS,
}
