"""A payment as it moves: begun, authorised, captured, failed, authorised late, refunded by Razorpay itself."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from payments.sandbox.ids import new_id, random_text
from payments.sandbox.objects import Stored
from payments.sandbox.razorpay import amounts, orders, tokens
from payments.sandbox.razorpay.call import ID_LENGTH, Call
from payments.sandbox.razorpay.errors import RazorpayError
from payments.sandbox.razorpay.events import emit
from payments.sandbox.razorpay.ways import LATER, PAGE, REASONS, Way

KIND = "payment"
GIVES_UP_TIMER = "gives_up"
AUTO_REFUND_TIMER = "auto_refund"


def begin(call: Call, order: Stored, way: Way, *, more: dict[str, Any] | None = None) -> Stored:
    """The customer tries to pay the order: a payment in `created`. Raises RazorpayError when the order is paid."""
    if order.body["status"] == "paid":
        raise RazorpayError("Payment already done for this order.", field="order_id")
    payment = Stored(
        kind=KIND,
        id=new_id(prefix="pay", length=ID_LENGTH),
        created_s=call.now_s,
        body={},
        hidden={"capture": order.hidden["capture"], "refuses": way.refuses},
    )
    payment.body = _new_body(call, payment.id, order, way) | (more or {})
    if order.hidden.get("customer"):
        payment.body["customer_id"] = order.hidden["customer"]
    call.objects.add(payment, labels={"order": order.id})
    orders.attempted(call, order)
    if way.stops == LATER:  # what the customer did their part of is with the bank, with its token
        tokens.register(call, order, payment, refuses=way.refuses)
    call.set_timer(GIVES_UP_TIMER, payment.id, due_at=call.now + call.rules.gives_up_after_s)
    return payment


def pay(call: Call, order: Stored, way: Way) -> Stored:
    """The whole of a try: begun, and decided unless the way stops before that."""
    payment = begin(call, order, way)
    if way.failure:
        fail(call, payment, reason=way.failure)
    elif way.stops not in (PAGE, LATER):
        authorize(call, payment)
    return payment


def authorize(call: Call, payment: Stored) -> None:
    """The bank says yes, also after the payment was failed; captured at once where the order says so.

    A second payment of a paid order is refunded at once. Source: razorpay.com/docs/payments/orders
    """
    if payment.body["status"] not in ("created", "failed"):
        raise RazorpayError(f"The payment is {payment.body['status']}.")
    late = payment.body["status"] == "failed"
    payment.body["status"] = "authorized"
    for name in ("code", "description", "source", "step", "reason"):
        payment.body[f"error_{name}"] = None
    if late:
        payment.body["late_authorized"] = True
    payment.body["acquirer_data"] = _acquirer_data(payment)
    call.clear_timer(GIVES_UP_TIMER, payment.id)
    call.save(payment)
    order = call.load(orders.KIND, payment.body["order_id"])
    if call.find(tokens.KIND, payment.body.get("token_id")) is None:
        tokens.register(call, order, payment, refuses=payment.hidden["refuses"])
    call.moved("authorized", amount=payment.body["amount"], payment=payment, object_id=payment.id)
    emit(call, "payment.authorized", payment=payment)
    _end_registration(call, payment, verb="confirm")
    if order.body["status"] == "paid":
        refund_by_itself(call, payment)
    elif payment.hidden["capture"] and not late:
        capture(call, payment, amount=payment.body["amount"], currency=payment.body["currency"])
    else:
        call.set_timer(AUTO_REFUND_TIMER, payment.id, due_at=call.now + call.rules.capture_within_s)


def capture(call: Call, payment: Stored, *, amount: int, currency: str) -> None:
    """Takes the money: all of it, once. Raises RazorpayError."""
    if payment.body["captured"]:
        raise RazorpayError("This payment has already been captured")
    if payment.body["status"] != "authorized":
        raise RazorpayError("Only payments which have been authorized and not yet captured can be captured")
    if amount != payment.body["amount"]:
        raise RazorpayError("Capture amount must be equal to the amount authorized", field="amount")
    if currency != payment.body["currency"]:
        raise RazorpayError("Payment currency does not match the currency of the request", field="currency")
    order = call.load(orders.KIND, payment.body["order_id"])
    fee = amounts.fee_of(base_minor=payment.body["base_amount"], bps=call.rules.fee_bps)
    payment.body |= {"status": "captured", "captured": True, "fee": fee.fee_minor, "tax": fee.tax_minor}
    payment.hidden["captured_s"] = call.now_s
    call.clear_timer(AUTO_REFUND_TIMER, payment.id)
    call.save(payment)
    call.moved("captured", amount=amount, payment=payment, object_id=payment.id)
    orders.paid(call, order, amount=amount)
    emit(call, "payment.captured", payment=payment)
    emit(call, "order.paid", payment=payment, order=order)


def fail(call: Call, payment: Stored, *, reason: str) -> None:
    """The payment came to nothing, for now: it may still be authorised late."""
    if payment.body["status"] != "created":
        raise RazorpayError(f"The payment is {payment.body['status']}.")
    source, step, code = REASONS.get(reason, ("issuer", "payment_authorization", "BAD_REQUEST_ERROR"))
    payment.body |= {
        "status": "failed",
        "error_code": code,
        "error_description": f"Your payment was not completed: {reason.replace('_', ' ')}.",
        "error_source": source,
        "error_step": step,
        "error_reason": reason,
    }
    call.clear_timer(GIVES_UP_TIMER, payment.id)
    call.save(payment)
    emit(call, "payment.failed", payment=payment)
    _end_registration(call, payment, verb="reject", why="Rejected by bank")


def _end_registration(call: Call, payment: Stored, *, verb: str, why: str = "") -> None:
    """What the bank says of an authorization payment, it says of its token: one of an electronic mandate apart, which
    it decides later. A payment that failed before there was a token has none."""
    token = call.find(tokens.KIND, payment.body.get("token_id"))
    is_later = token is not None and token.body["method"] == "emandate" and verb == "confirm"
    if token is not None and not is_later and token.body["recurring_details"]["status"] == "initiated":
        tokens.change(call, token, verb, reason=why)


def refund_by_itself(call: Call, payment: Stored) -> Stored:
    """What was authorised and never captured goes back: told as a refund of a payment with `captured: false`."""
    if payment.body["status"] != "authorized":
        raise RazorpayError(f"The payment is {payment.body['status']}.")
    amount = payment.body["amount"]
    payment.body |= {"status": "refunded", "amount_refunded": amount, "refund_status": "full"}
    call.clear_timer(AUTO_REFUND_TIMER, payment.id)
    call.save(payment)
    refund = new_refund(call, payment, amount=amount, status="processed", receipt=None, notes=[], speed="normal")
    refund.hidden["release"] = True
    call.save(refund)
    call.moved("released", amount=amount, payment=payment, object_id=refund.id)
    emit(call, "refund.created", refund=refund, payment=payment)
    emit(call, "refund.processed", refund=refund, payment=payment)
    return refund


def new_refund(
    call: Call,
    payment: Stored,
    *,
    amount: int,
    status: str,
    receipt: str | None,
    notes: dict[str, str] | list[Any],
    speed: str,
) -> Stored:
    """The refund object, stored."""
    refund = Stored(kind="refund", id=new_id(prefix="rfnd", length=ID_LENGTH), created_s=call.now_s, body={}, hidden={})
    refund.body = {
        "id": refund.id,
        "entity": "refund",
        "amount": amount,
        "currency": payment.body["currency"],
        "payment_id": payment.id,
        "notes": notes,
        "receipt": receipt,
        "acquirer_data": {"arn": None},
        "created_at": call.now_s,
        "batch_id": None,
        "status": status,
        "speed_processed": "normal",
        "speed_requested": speed,
    }
    return call.objects.add(refund, labels={"payment": payment.id})


def proof(call: Call, payment: Stored) -> dict[str, str]:
    """What Checkout hands to the shop's page: hex HMAC-SHA256 with the API secret over `order_id|payment_id`."""
    order_id = str(payment.body["order_id"])
    signed = f"{order_id}|{payment.id}".encode()
    return {
        "razorpay_payment_id": payment.id,
        "razorpay_order_id": order_id,
        "razorpay_signature": hmac.new(call.key_secret.encode(), signed, hashlib.sha256).hexdigest(),
    }


def _new_body(call: Call, payment_id: str, order: Stored, way: Way) -> dict[str, Any]:
    amount, currency = order.body["amount"], order.body["currency"]
    body: dict[str, Any] = {
        "id": payment_id,
        "entity": KIND,
        "amount": amount,
        "currency": currency,
        "base_amount": amounts.base_amount(amount=amount, currency=currency, rates=call.rules.rates),
        "status": "created",
        "order_id": order.id,
        "invoice_id": None,
        "international": currency != amounts.BASE,
        "method": way.method,
        "amount_refunded": 0,
        "amount_transferred": 0,
        "refund_status": None,
        "captured": False,
        "description": None,
        "card_id": None,
        "bank": None,
        "wallet": None,
        "vpa": None,
        "email": "buyer@example.com",
        "contact": "+919000090000",
        "notes": [],
        "fee": None,
        "tax": None,
        "error_code": None,
        "error_description": None,
        "error_source": None,
        "error_step": None,
        "error_reason": None,
        "acquirer_data": {},
        "created_at": call.now_s,
    }
    body |= way.fields
    if way.method == "card":
        body["card_id"] = new_id(prefix="card", length=ID_LENGTH)
        body["card"] = {**way.fields["card"], "id": body["card_id"]}
    return body


def _acquirer_data(payment: Stored) -> dict[str, str]:
    number = f"{payment.created_s % 10**9:09d}{payment.seq % 1_000:03d}"
    match payment.body["method"]:
        case "card":
            return {"auth_code": number[-6:], "rrn": number}
        case "upi":
            return {"rrn": number, "upi_transaction_id": random_text(length=16).upper()}
        case _:
            return {"bank_transaction_id": number[-7:]}
