"""Tokens: what a customer authorised to be charged later, with the life of a mandate."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id, random_text
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.razorpay import customers
from payments.sandbox.razorpay.call import ID_LENGTH, Call
from payments.sandbox.razorpay.errors import RazorpayError, no_such_id
from payments.sandbox.razorpay.events import emit
from payments.sandbox.razorpay.lists import collection

KIND = "token"
FAR_AWAY_S = 4_102_444_799  # the end of the year 2099
# What the bank or the customer does to a mandate → the status that it has then; the event has the same name.
LIFE = {
    "confirm": "confirmed",
    "reject": "rejected",
    "pause": "paused",
    "resume": "resumed",
    "cancel": "cancelled",
}


def register(call: Call, order: Stored, payment: Stored, *, refuses: str) -> Stored | None:
    """The token of an authorization payment, begun; None for an order that registers none. `refuses`: why its bank will
    decline every charge."""
    wanted = order.hidden.get("token")
    if wanted is None:
        return None
    token = Stored(
        kind=KIND,
        id=new_id(prefix="token", length=ID_LENGTH),
        created_s=call.now_s,
        body={},
        hidden={"customer": order.hidden["customer"], "refuses": refuses},
    )
    token.body = _new_body(call, token.id, payment) | {
        "max_amount": wanted.get("max_amount"),
        "expired_at": wanted.get("expire_at") or FAR_AWAY_S,
    }
    call.objects.add(token, labels={"customer": token.hidden["customer"]})
    payment.body["token_id"] = token.id
    call.save(payment)
    return token


def change(call: Call, token: Stored, verb: str, *, reason: str = "") -> None:
    """A step in the life of the mandate, with its event."""
    status = LIFE[verb]
    token.body["recurring"] = status in ("confirmed", "paused", "resumed")
    token.body["recurring_details"] = {"status": status, "failure_reason": reason or None}
    call.save(token)
    emit(call, f"token.{status}", token=token)


def is_chargeable(token: Stored) -> bool:
    """Whether a charge is taken now."""
    return token.body["recurring_details"]["status"] in ("confirmed", "resumed")


def of_customer(call: Call, customer_id: str, token_id: str) -> Stored:
    """The token, if it is that customer's; raises RazorpayError."""
    token = call.load(KIND, token_id)
    if token.hidden["customer"] != customer_id:
        raise no_such_id()
    return token


def retrieve(call: Call, customer_id: str, token_id: str) -> dict[str, Any]:
    """GET /customers/{id}/tokens/{id}."""
    call.params.only()
    return of_customer(call, customer_id, token_id).body


def list_tokens(call: Call, customer_id: str) -> dict[str, Any]:
    """GET /customers/{id}/tokens: all of them, newest first."""
    call.params.only()
    call.load(customers.KIND, customer_id)
    return collection(call.objects.all(kind=KIND, filters=[Filter("customer", (customer_id,))]))


def delete(call: Call, customer_id: str, token_id: str) -> dict[str, Any]:
    """DELETE /customers/{id}/tokens/{id}: it is not there any more."""
    call.params.only()
    call.objects.remove(of_customer(call, customer_id, token_id))
    return {"deleted": True}


def check_charge(token: Stored, *, amount: int) -> None:
    """Raises RazorpayError where the mandate does not cover a charge."""
    if not is_chargeable(token):
        raise RazorpayError("The token is not confirmed for recurring payments", field="token")
    if token.body["max_amount"] is not None and amount > token.body["max_amount"]:
        raise RazorpayError("Amount exceeds maximum amount allowed")


def _new_body(call: Call, token_id: str, payment: Stored) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": token_id,
        "entity": KIND,
        "token": random_text(length=ID_LENGTH),
        "bank": payment.body["bank"],
        "wallet": None,
        "method": "emandate" if payment.body["method"] == "netbanking" else payment.body["method"],
        "recurring": False,
        "recurring_details": {"status": "initiated", "failure_reason": None},
        "auth_type": "netbanking" if payment.body["method"] == "netbanking" else None,
        "mrn": None,
        "used_at": call.now_s,
        "created_at": call.now_s,
        "dcc_enabled": False,
    }
    if payment.body["method"] == "card":
        shown = ("entity", "name", "last4", "network", "type", "issuer", "international", "emi", "sub_type")
        card = payment.body["card"]
        body["card"] = {name: card[name] for name in shown} | {
            "expiry_month": 12, "expiry_year": 2034, "flows": {"otp": True, "recurring": True},
        }  # fmt: skip
    if payment.body["method"] == "upi":
        username, _, handle = str(payment.body["vpa"]).partition("@")
        body["vpa"] = {"username": username, "handle": handle, "name": None}
    return body
