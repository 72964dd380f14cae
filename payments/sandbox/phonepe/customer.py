"""What customers and their banks do with an order: attempts that succeed, fail, or take their time."""

from __future__ import annotations

from typing import Any

from payments.sandbox.objects import Stored
from payments.sandbox.phonepe import webhooks
from payments.sandbox.phonepe.call import Call
from payments.sandbox.phonepe.orders import EXPIRY_TIMER, end

DECLINE = ("INVALID_MPIN", "ZM")


class NotNow(Exception):
    """The order is not in a state for this; the message says why."""


def pay(call: Call, order: Stored, *, mode: str = "UPI_INTENT") -> None:
    """An attempt that succeeds at once."""
    _succeed(call, order, _attempt(call, _open(order), mode))


def decline(call: Call, order: Stored, *, mode: str = "UPI_COLLECT", code: str = "", detail: str = "") -> None:
    """An attempt that fails at once; the order may be tried again, unless that was switched off when it was made."""
    _fail(call, order, _attempt(call, _open(order), mode), code or DECLINE[0], detail or DECLINE[1])


def begin_authentication(call: Call, order: Stored) -> None:
    """The customer is sent to their bank's page; there is no attempt before they come back."""
    _open(order).hidden["authenticating"] = True
    call.save(order)


def end_authentication(call: Call, order: Stored, *, succeeds: bool) -> None:
    """The customer comes back from their bank's page."""
    if not _open(order).hidden["authenticating"]:
        raise NotNow(f"{order.id} waits for nobody's bank page")
    if succeeds:
        pay(call, order, mode="CARD")
    else:
        decline(call, order, mode="CARD", code="AUTHENTICATION_FAILED", detail="AF")


def pay_slowly(call: Call, order: Stored) -> None:
    """An attempt on which the bank takes its time."""
    attempt = _attempt(call, _open(order), "NET_BANKING")
    attempt["state"] = "PENDING"
    call.save(order)


def decide(call: Call, order: Stored, *, succeeds: bool) -> None:
    """The bank's word on the attempt that it works on."""
    waiting = [attempt for attempt in order.body["paymentDetails"] if attempt["state"] == "PENDING"]
    if order.body["state"] != "PENDING" or not waiting:
        raise NotNow(f"no bank works on {order.id}")
    if succeeds:
        _succeed(call, order, waiting[0])
    else:
        _fail(call, order, waiting[0], "PAYMENT_ERROR", "TXN_AUTO_FAILED")


def _open(order: Stored) -> Stored:
    if order.body["state"] != "PENDING":
        raise NotNow(f"{order.id} is {order.body['state']}")
    if any(attempt["state"] == "PENDING" for attempt in order.body["paymentDetails"]):
        raise NotNow(f"a bank works on {order.id}")
    return order


def _attempt(call: Call, order: Stored, mode: str) -> dict[str, Any]:
    attempt = {
        "transactionId": call.new_id("OM"),
        "paymentMode": mode,
        "timestamp": call.now_ms,
        "amount": order.body["amount"],
        "payableAmount": order.body["amount"],
        "feeAmount": 0,
        "state": "PENDING",
    }
    order.hidden["authenticating"] = False
    order.body["paymentDetails"].append(attempt)
    return attempt


def _succeed(call: Call, order: Stored, attempt: dict[str, Any]) -> None:
    rail: dict[str, Any] = {"type": "UPI", "upiTransactionId": call.new_id("YBL"), "vpa": "12****78@ybl"}
    instrument = {"type": "ACCOUNT", "maskedAccountNumber": "******1234", "accountType": "SAVINGS"}
    if attempt["paymentMode"] in ("CARD", "NET_BANKING"):
        rail = {"type": "PG", "transactionId": call.new_id("E"), "serviceTransactionId": call.new_id("PG")}
        instrument = {"type": attempt["paymentMode"], "bankId": "ABCD"}
    part = {"instrument": instrument, "rail": {**rail, "utr": call.new_id("")}, "amount": attempt["amount"]}
    attempt |= {
        "state": "COMPLETED",
        "timestamp": call.now_ms,
        "rail": rail,
        "instrument": instrument,
        "splitInstruments": [part],
    }
    order.body["state"] = "COMPLETED"
    for name in ("errorCode", "detailedErrorCode"):
        order.body.pop(name, None)
    call.save(order)
    call.clear_timer(EXPIRY_TIMER, order.id)
    call.moved("captured", amount=attempt["amount"], order=order, object_id=attempt["transactionId"])
    webhooks.emit_order(call, "checkout.order.completed", order)


def _fail(call: Call, order: Stored, attempt: dict[str, Any], code: str, detail: str) -> None:
    attempt |= {"state": "FAILED", "errorCode": code, "detailedErrorCode": detail}
    if not order.hidden["retry"]:
        end(call, order, code=code, detail=detail)
        return
    order.body |= {"errorCode": code, "detailedErrorCode": detail}
    call.save(order)
    webhooks.emit_order(call, "checkout.transaction.attempt.failed", order)
