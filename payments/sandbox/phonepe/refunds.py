"""Refunds: made once under the merchant's id, confirmed, through, or not."""

from __future__ import annotations

import re
from typing import Any

from payments.sandbox.objects import Stored
from payments.sandbox.phonepe import orders, webhooks
from payments.sandbox.phonepe.call import Call
from payments.sandbox.phonepe.errors import bad_request, unknown_refund

KIND = "refund"
TIMER = "refund"
_ID = re.compile(r"[A-Za-z0-9_-]{1,63}")


def create(call: Call) -> dict[str, Any]:
    """POST /payments/v2/refund. Refused beyond what is left of the payment, and under an id that was used before."""
    given = call.params
    refund_id, order_id, amount = (
        given.get(name) for name in ("merchantRefundId", "originalMerchantOrderId", "amount")
    )
    if not isinstance(refund_id, str) or not _ID.fullmatch(refund_id) or not isinstance(order_id, str):
        raise bad_request()
    order = call.find(orders.KIND, order_id)
    if order is None or order.body["state"] != "COMPLETED" or call.find(KIND, refund_id) is not None:
        raise bad_request()
    if type(amount) is not int or amount < orders.MINIMUM or amount > _left(order):
        raise bad_request()
    refund = make(call, order, refund_id=refund_id, amount=amount)
    return {"refundId": refund.body["refundId"], "amount": amount, "state": "PENDING"}


def make(call: Call, order: Stored, *, refund_id: str, amount: int) -> Stored:
    """A refund that holds its amount from now on, and goes on by the rules."""
    order.hidden["refunded"] += amount
    call.save(order)
    refund = call.add(
        KIND,
        refund_id,
        body={
            "merchantRefundId": refund_id,
            "originalMerchantOrderId": order.id,
            "refundId": call.new_id("OMR"),
            "amount": amount,
            "state": "PENDING",
            "timestamp": call.now_ms,
            "paymentDetails": [],
        },
        hidden={"order": order.id, "waits": call.waits_for_orders()},
    )
    if refund.hidden["waits"]:
        return refund
    if not call.rules.refund_after_s:
        succeed(call, refund)
    else:
        call.set_timer(TIMER, refund_id, due_at=call.now + call.rules.refund_after_s)
    return refund


def status(call: Call, refund_id: str) -> dict[str, Any]:
    """GET /payments/v2/refund/{merchantRefundId}/status."""
    refund = call.find(KIND, refund_id)
    if refund is None:
        raise unknown_refund()
    return refund.body


def succeed(call: Call, refund: Stored) -> None:
    """Accepted and through, as a bank takes it."""
    if refund.body["state"] not in ("PENDING", "CONFIRMED"):
        return
    refund.body["state"] = "CONFIRMED"
    webhooks.emit_refund(call, "pg.refund.accepted", refund)
    refund.body |= {"state": "COMPLETED", "timestamp": call.now_ms, "paymentDetails": [_detail(call, refund)]}
    call.save(refund)
    call.clear_timer(TIMER, refund.id)
    call.moved("refunded", amount=refund.body["amount"], order=_order(call, refund), object_id=refund.id)
    webhooks.emit_refund(call, "pg.refund.completed", refund)


def fail(call: Call, refund: Stored, *, code: str) -> None:
    """It fails, also after it had gone through; what it held is free again. (After success: not documented.)"""
    if refund.body["state"] == "FAILED":
        return
    order = _order(call, refund)
    if refund.body["state"] == "COMPLETED":
        call.moved("refund_returned", amount=refund.body["amount"], order=order, object_id=refund.id)
    order.hidden["refunded"] -= refund.body["amount"]
    call.save(order)
    refund.body |= {"state": "FAILED", "errorCode": code, "detailedErrorCode": code, "timestamp": call.now_ms}
    call.save(refund)
    call.clear_timer(TIMER, refund.id)
    webhooks.emit_refund(call, "pg.refund.failed", refund)


def _order(call: Call, refund: Stored) -> Stored:
    order = call.find(orders.KIND, refund.hidden["order"])
    if order is None:
        raise LookupError(refund.hidden["order"])
    return order


def _left(order: Stored) -> int:
    return int(order.body["amount"] - order.hidden["refunded"])


def _detail(call: Call, refund: Stored) -> dict[str, Any]:
    rail = {"type": "UPI", "utr": call.new_id(""), "upiTransactionId": call.new_id("YBL"), "vpa": "12****78@ybl"}
    return {
        "transactionId": refund.body["refundId"],
        "paymentMode": "UPI_INTENT",
        "timestamp": call.now_ms,
        "amount": refund.body["amount"],
        "state": "COMPLETED",
        "rail": rail,
        "instrument": {"type": "ACCOUNT", "maskedAccountNumber": "******1234", "accountType": "SAVINGS"},
    }
