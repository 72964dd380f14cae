"""Charges of a token with nobody present: accepted at once, decided by the bank in its own time."""

from __future__ import annotations

from typing import Any

from payments.sandbox.objects import Stored
from payments.sandbox.razorpay import orders, paying, tokens
from payments.sandbox.razorpay.call import Call
from payments.sandbox.razorpay.errors import RazorpayError, invalid
from payments.sandbox.razorpay.ways import Way

DEBIT_TIMER = "debits"
TAKES = ("email", "contact", "amount", "currency", "order_id", "customer_id", "token", "recurring", "description",
         "notes")  # fmt: skip


def create(call: Call) -> dict[str, Any]:
    """POST /payments/create/recurring. The answer says that it was accepted, and nothing of money."""
    params = call.params
    params.only(*TAKES)
    email, contact = params.needed_text("email"), params.needed_text("contact")
    amount, currency = params.needed_whole("amount"), params.needed_text("currency")
    order = call.load(orders.KIND, params.needed_text("order_id"))
    customer_id = params.needed_text("customer_id")
    token = tokens.of_customer(call, customer_id, params.needed_text("token"))
    if not params.flag("recurring", default=False):
        raise invalid("The recurring field is required.", field="recurring")
    if (amount, currency) != (order.body["amount"], order.body["currency"]):
        raise RazorpayError("Your payment amount is different from your order amount.", field="amount")
    tokens.check_charge(token, amount=amount)
    payment = paying.begin(
        call,
        order,
        _way_of(token),
        more={
            "email": email, "contact": contact, "customer_id": customer_id, "token_id": token.id,
            "description": params.text("description"), "notes": params.notes(),
        },
    )  # fmt: skip
    call.clear_timer(paying.GIVES_UP_TIMER, payment.id)
    delay = call.rules.debits_after_s
    if delay is not None and delay > 0:
        call.set_timer(DEBIT_TIMER, payment.id, due_at=call.now + delay)
    elif delay is not None:
        decide(call, payment)
    answer = {"razorpay_payment_id": payment.id}
    return answer if token.body["method"] == "card" else answer | paying.proof(call, payment)


def decide(call: Call, payment: Stored) -> None:
    """The bank debits, or not. A mandate that was called off meanwhile is not debited."""
    token = call.find(tokens.KIND, payment.body["token_id"])
    if token is None or not tokens.is_chargeable(token):
        paying.fail(call, payment, reason="mandate_not_active")
    elif token.hidden["refuses"]:
        paying.fail(call, payment, reason=token.hidden["refuses"])
    else:
        token.body["used_at"] = call.now_s
        call.save(token)
        paying.authorize(call, payment)


def _way_of(token: Stored) -> Way:
    method = str(token.body["method"])
    fields: dict[str, Any] = {}
    if method == "card":
        card = {name: value for name, value in token.body["card"].items() if not name.startswith(("expiry", "flows"))}
        fields = {"card": {**card, "token_iin": None}}
    elif method == "upi":
        fields = {"vpa": f"{token.body['vpa']['username']}@{token.body['vpa']['handle']}"}
    return Way(method, fields)
