"""Charges of a token with nobody present, spoken to Razorpay: what it accepts is not paid, so it is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from config.calls.fields import JSON, text, text_or_empty
from payments.gateways.contract import Answer, Outcome
from payments.gateways.failures import GatewayFailure, GatewayUnreachable, QuestionRefused, UnreadableObject
from payments.gateways.payment_views import PaymentState, PaymentView
from payments.gateways.razorpay import tokens, views
from payments.gateways.razorpay.calls import attempts_of, change, look
from payments.gateways.razorpay.client import RazorpayClient
from payments.gateways.razorpay.fields import SAVED_BY_MARK, mark
from payments.gateways.razorpay.requests import charge_body
from payments.gateways.razorpay.saved import NOT_LOOKED_UP
from payments.gateways.readings import CUSTOMER_NEEDED, Reading, confirmed

MISSING: Final = "no_such_payment"
NO_METHOD: Final = "no_such_method"
_UNDER_WAY: Final = frozenset({PaymentState.CAPTURED, PaymentState.AUTHORIZED, PaymentState.PROCESSING})


def charge(client: RazorpayClient, *, livemode: bool, key: str, gateway_payment_id: str, method_id: str) -> Answer:
    """Charges the token for the order, once: an order whose money is there, or on its way, is left alone. What could
    not be looked up before was not begun."""
    ids = tokens.ids_of(method_id)
    if ids is None:
        return _declined(NO_METHOD)
    try:
        order = look(client, lambda client: client.order.fetch(gateway_payment_id))
        if order is None:
            return _declined(MISSING)
        attempts = attempts_of(client, gateway_payment_id)
        before = views.payment_from_order(order, attempts, livemode=livemode)
        if not _is_free(attempts, before):
            return _as_read(Answer(Outcome.UNKNOWN), before)
        payer = _payer(client, order, customer_id=ids[1])
    except (GatewayUnreachable, QuestionRefused, UnreadableObject) as error:
        return Answer(Outcome.NOT_EXECUTED, failure=GatewayFailure(NOT_LOOKED_UP, str(error)))
    if payer is None:
        return replace(_declined(CUSTOMER_NEEDED, "no phone number is known"), payment=before)
    body = charge_body(order=order, token_id=ids[0], customer_id=ids[1], payer=payer, key=key)
    answer = change(client, lambda client: client.payment.createRecurring(body), _accepted)
    if answer.outcome not in (Outcome.PENDING, Outcome.DECLINED):
        return answer
    return _asked_about(client, answer, gateway_payment_id, livemode=livemode)


def _is_free(attempts: Sequence[JSON], view: PaymentView) -> bool:
    """Whether an order may be charged: nobody tries to pay it, or the last try has failed. Its charges have no key, so
    that nothing else keeps it from being charged twice."""
    return not attempts or view.state is PaymentState.FAILED


def _accepted(obj: JSON) -> Reading:
    text(obj, "razorpay_payment_id")
    return Reading(Outcome.PENDING)


def _asked_about(client: RazorpayClient, answer: Answer, gateway_payment_id: str, *, livemode: bool) -> Answer:
    """The answer with the order as it stands now. What was accepted and cannot be looked at waits; a refusal stands,
    unless the order has its money, or it is on its way."""
    try:
        order = look(client, lambda client: client.order.fetch(gateway_payment_id))
        attempts = attempts_of(client, gateway_payment_id)
        view = views.payment_from_order(order, attempts, livemode=livemode) if order is not None else None
    except (GatewayUnreachable, QuestionRefused, UnreadableObject):
        return answer
    if view is None or (answer.outcome is Outcome.PENDING and view.state is PaymentState.PENDING):
        return answer
    if answer.outcome is Outcome.DECLINED and view.state not in _UNDER_WAY:
        return replace(answer, payment=view)
    return _as_read(answer, view)


def _as_read(answer: Answer, view: PaymentView) -> Answer:
    reading = confirmed(view)
    return replace(answer, outcome=reading.outcome, payment=view, failure=reading.failure)


def _declined(code: str, detail: str = "") -> Answer:
    return Answer(Outcome.DECLINED, failure=GatewayFailure(code, detail))


def _payer(client: RazorpayClient, order: JSON, *, customer_id: str) -> tuple[str, str] | None:
    """E-mail and phone, without which Razorpay charges nobody: those that the customer gave to Checkout when they saved
    the method, else their customer's. They go from Razorpay to Razorpay, and are kept nowhere."""
    setup_id = mark(order, SAVED_BY_MARK)
    known = attempts_of(client, setup_id) if setup_id else []
    customer = look(client, lambda client: client.customer.fetch(customer_id))
    for each in (*known, *((customer,) if customer is not None else ())):
        email, contact = text_or_empty(each, "email"), text_or_empty(each, "contact")
        if email and contact:
            return email, contact
    return None
