"""Refunds: made in whole or in part, processed, failed after all."""

from __future__ import annotations

from typing import Any

from payments.sandbox.objects import Filter, Stored
from payments.sandbox.razorpay import paying
from payments.sandbox.razorpay.call import Call
from payments.sandbox.razorpay.errors import RazorpayError, invalid
from payments.sandbox.razorpay.events import emit
from payments.sandbox.razorpay.lists import PAGING, page
from payments.sandbox.razorpay.rules import take_refund_order

KIND = "refund"
# The amount for which test mode plays an instant refund that falls back to a normal one.
FALLS_BACK_MINOR = 2_468


def create(call: Call, payment_id: str) -> dict[str, Any]:
    """POST /payments/{id}/refund; without an amount all that is left."""
    params = call.params
    params.only("amount", "speed", "notes", "receipt", "reverse_all")
    speed = params.text("speed") or "normal"
    if speed not in ("normal", "optimum"):
        raise invalid("The speed must be normal or optimum.", field="speed")
    payment = call.load(paying.KIND, payment_id)
    if not payment.body["captured"]:
        raise RazorpayError("The payment status should be captured for action to be taken")
    left = payment.body["amount"] - payment.body["amount_refunded"]
    amount = params.whole("amount") if "amount" in params else left
    if left == 0:
        raise RazorpayError("The payment has been fully refunded already")
    if amount is None or amount < 1:
        raise invalid("The amount must be atleast INR 1.00", field="amount")
    if amount > left:
        raise invalid("The total refund amount is greater than the refund payment amount", field="amount")
    status = take_refund_order(call.transaction, rules=call.rules)
    refund = paying.new_refund(
        call,
        payment,
        amount=amount,
        status=status,
        receipt=params.text("receipt", at_most=40),
        notes=params.notes(),
        speed=speed,
    )
    _count(call, payment, amount)
    emit(call, "refund.created", refund=refund, payment=payment)
    if speed == "optimum" and amount == FALLS_BACK_MINOR:
        emit(call, "refund.speed_changed", refund=refund, payment=payment)
    if status == "processed":
        _go_out(call, refund, payment)
    return refund.body


def retrieve(call: Call, refund_id: str) -> dict[str, Any]:
    """GET /refunds/{id}."""
    call.params.only()
    return call.load(KIND, refund_id).body


def list_refunds(call: Call) -> dict[str, Any]:
    """GET /refunds."""
    call.params.only(*PAGING)
    return page(call, kind=KIND)


def list_of_payment(call: Call, payment_id: str) -> dict[str, Any]:
    """GET /payments/{id}/refunds."""
    call.params.only(*PAGING)
    call.load(paying.KIND, payment_id)
    return page(call, kind=KIND, filters=[Filter("payment", (payment_id,))])


def process(call: Call, refund: Stored) -> None:
    """A pending refund goes out."""
    if refund.body["status"] != "pending":
        raise RazorpayError(f"The refund is {refund.body['status']}.")
    refund.body["status"] = "processed"
    call.save(refund)
    _go_out(call, refund, call.load(paying.KIND, refund.body["payment_id"]))


def fail(call: Call, refund: Stored) -> None:
    """It did not arrive, or came back: the payment counts it no more, and what had left is ours again."""
    if refund.body["status"] == "failed" or refund.hidden.get("release"):
        raise RazorpayError(f"The refund is {refund.body['status']}.")
    payment = call.load(paying.KIND, refund.body["payment_id"])
    if refund.body["status"] == "processed":
        amount = refund.body["amount"]
        call.moved("refund_returned", amount=amount, payment=payment, object_id=refund.id)
    refund.body["status"] = "failed"
    refund.hidden["failed_s"] = call.now_s
    call.save(refund)
    _count(call, payment, -refund.body["amount"])
    emit(call, "refund.failed", refund=refund, payment=payment)


def _count(call: Call, payment: Stored, amount: int) -> None:
    refunded = payment.body["amount_refunded"] + amount
    is_full = refunded == payment.body["amount"]
    payment.body["amount_refunded"] = refunded
    payment.body["refund_status"] = "full" if is_full else "partial" if refunded else None
    payment.body["status"] = "refunded" if is_full else "captured"
    call.save(payment)


def _go_out(call: Call, refund: Stored, payment: Stored) -> None:
    refund.hidden["processed_s"] = call.now_s
    refund.body["acquirer_data"] = {"arn": f"{refund.created_s:010d}{refund.seq:04d}"}
    call.save(refund)
    call.moved("refunded", amount=refund.body["amount"], payment=payment, object_id=refund.id)
    emit(call, "refund.processed", refund=refund, payment=payment)
