"""Orders: made before the customer pays, and paid once."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.razorpay import amounts
from payments.sandbox.razorpay.call import ID_LENGTH, Call
from payments.sandbox.razorpay.errors import invalid
from payments.sandbox.razorpay.lists import PAGING, collection, page

KIND = "order"
LONGEST_RECEIPT = 40


def create(call: Call) -> dict[str, Any]:
    """POST /orders. With `unique_receipt` and a known receipt it is that order again."""
    params = call.params
    params.only(
        "amount", "currency", "receipt", "notes", "partial_payment", "payment_capture", "payment", "customer_id",
        "token", "notification", "method", "unique_receipt",
    )  # fmt: skip
    amount, currency = params.needed_whole("amount"), params.needed_text("currency")
    amounts.check(amount=amount, currency=currency)
    receipt = params.text("receipt", at_most=LONGEST_RECEIPT)
    if params.flag("unique_receipt", default=False) and receipt and call.rules.takes_unique_receipt:
        known = call.objects.all(kind=KIND, filters=[Filter("receipt", (receipt,))])
        if known:
            return known[0].body
    customer_id, notification = params.text("customer_id"), params.part("notification")
    if customer_id is not None:
        call.load("customer", customer_id)
    order = Stored(
        kind=KIND,
        id=new_id(prefix="order", length=ID_LENGTH),
        created_s=call.now_s,
        body={},
        hidden={"capture": _captures(call), "customer": customer_id, "token": params.part("token")},
    )
    order.body = {
        "id": order.id,
        "entity": KIND,
        "amount": amount,
        "amount_paid": 0,
        "amount_due": amount,
        "currency": currency,
        "receipt": receipt,
        "offer_id": None,
        "status": "created",
        "attempts": 0,
        "notes": params.notes(),
        "created_at": call.now_s,
    }
    if customer_id is not None:
        order.body |= {"customer_id": customer_id, "method": params.text("method"), "description": None}
    if notification is not None:
        call.load("token", str(notification.get("token_id", "")))
        notified = {"id": new_id(prefix="notification", length=ID_LENGTH), "status": "created"}
        order.body["notification"] = {**notification, **notified}
    return call.objects.add(order, labels={"receipt": receipt}).body


def _captures(call: Call) -> bool:
    """Whether what is authorised is captured by Razorpay itself."""
    settings = call.params.part("payment")
    if settings is None:
        return call.params.flag("payment_capture", default=True)
    if settings.get("capture") not in ("automatic", "manual"):
        raise invalid("The capture must be automatic or manual.", field="capture")
    return bool(settings["capture"] == "automatic")


def retrieve(call: Call, order_id: str) -> dict[str, Any]:
    """GET /orders/{id}."""
    call.params.only()
    return call.load(KIND, order_id).body


def list_orders(call: Call) -> dict[str, Any]:
    """GET /orders, also by `receipt`."""
    call.params.only(*PAGING, "receipt", "authorized")
    receipt = call.params.text("receipt")
    return page(call, kind=KIND, filters=[Filter("receipt", (receipt,))] if receipt else [])


def list_payments(call: Call, order_id: str) -> dict[str, Any]:
    """GET /orders/{id}/payments: every attempt, newest first."""
    call.params.only()
    call.load(KIND, order_id)
    return collection(call.objects.all(kind="payment", filters=[Filter("order", (order_id,))]))


def edit(call: Call, order_id: str) -> dict[str, Any]:
    """PATCH /orders/{id}: the notes alone."""
    call.params.only("notes")
    order = call.load(KIND, order_id)
    order.body["notes"] = call.params.notes()
    call.save(order)
    return order.body


def attempted(call: Call, order: Stored) -> None:
    """Counts one more try of the customer."""
    order.body["attempts"] += 1
    if order.body["status"] == "created":
        order.body["status"] = "attempted"
    call.save(order)


def paid(call: Call, order: Stored, *, amount: int) -> None:
    """The order has its money; it stays paid, whatever is refunded."""
    order.body["amount_paid"] = amount
    order.body["amount_due"] = order.body["amount"] - amount
    order.body["status"] = "paid"
    call.save(order)
