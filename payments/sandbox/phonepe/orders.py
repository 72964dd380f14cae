"""Orders of Standard Checkout: made once under the merchant's id, read, and over at their end."""

from __future__ import annotations

import re
import secrets
from typing import Any

from payments.sandbox.objects import Stored
from payments.sandbox.phonepe import webhooks
from payments.sandbox.phonepe.call import Call
from payments.sandbox.phonepe.errors import bad_request, unknown_order

KIND = "order"
EXPIRY_TIMER = "expiry"
MINIMUM = 100
_ID = re.compile(r"[A-Za-z0-9_-]{1,63}")
_META = re.compile(r"udf([1-9]|1[0-5])")
_LIVES_S = (300, 3600)


def create(call: Call) -> dict[str, Any]:
    """POST /checkout/v2/pay. A merchantOrderId that was used before is a bad request like any other."""
    given = call.params
    merchant_id, amount = given.get("merchantOrderId"), given.get("amount")
    flow, life_s = given.get("paymentFlow"), given.get("expireAfter", 1200)
    meta = given.get("metaInfo", {})
    if not isinstance(merchant_id, str) or not _ID.fullmatch(merchant_id):
        raise bad_request()
    if type(amount) is not int or amount < MINIMUM or type(life_s) is not int:
        raise bad_request()
    if not _LIVES_S[0] <= life_s <= _LIVES_S[1] or not _is_meta(meta):
        raise bad_request()
    if not isinstance(flow, dict) or flow.get("type") != "PG_CHECKOUT" or not isinstance(_return_url(flow), str):
        raise bad_request()
    if call.find(KIND, merchant_id) is not None:
        raise bad_request()
    token = secrets.token_urlsafe(32)
    order = call.add(
        KIND,
        merchant_id,
        body={
            "orderId": call.new_id("OMO"),
            "state": "PENDING",
            "amount": amount,
            "expireAt": call.now_ms + life_s * 1000,
            "metaInfo": dict(meta),
            "paymentDetails": [],
        },
        hidden={
            "token": token,
            "url": f"{call.base_url}/phonepe/transact/uat_v2?token={token}",
            "return_url": _return_url(flow),
            "retry": given.get("disablePaymentRetry") is not True,
            "authenticating": False,
            "refunded": 0,
        },
        token=token,
    )
    call.set_timer(EXPIRY_TIMER, merchant_id, due_at=call.now + life_s)
    body = order.body
    shown = {name: body[name] for name in ("orderId", "state", "expireAt")}
    return {**shown, "redirectUrl": order.hidden["url"]}


def status(call: Call, merchant_id: str) -> dict[str, Any]:
    """GET /checkout/v2/order/{merchantOrderId}/status. `details=true` shows every attempt, else the latest alone."""
    order = call.find(KIND, merchant_id)
    if order is None:
        raise unknown_order()
    return shown(order, details=call.params.get("details") == "true", context=call.params.get("errorContext") == "true")


def shown(order: Stored, *, details: bool, context: bool = False) -> dict[str, Any]:
    """The order as the API shows it. It never shows the link to its page again."""
    body = {**order.body, "payableAmount": order.body["amount"], "feeAmount": 0}
    if not details:
        body["paymentDetails"] = body["paymentDetails"][-1:]
    if context and "errorCode" in body:
        body["errorContext"] = {
            "errorCode": body["errorCode"],
            "detailedErrorCode": body["detailedErrorCode"],
            "source": "CUSTOMER",
            "stage": "AUTHENTICATION",
            "description": "It did not work out",
        }
    return body


def run_out(call: Call, order: Stored) -> None:
    """The order's time is over. What a bank is working on is waited for. (The error code is not documented.)"""
    if order.body["state"] != "PENDING":
        return
    if any(attempt["state"] == "PENDING" for attempt in order.body["paymentDetails"]):
        call.set_timer(EXPIRY_TIMER, order.id, due_at=call.now + 30)
        return
    end(call, order, code="ORDER_EXPIRED", detail="ORDER_EXPIRED")


def end(call: Call, order: Stored, *, code: str, detail: str) -> None:
    """Failed for good."""
    order.hidden["authenticating"] = False
    order.body |= {"state": "FAILED", "errorCode": code, "detailedErrorCode": detail}
    call.save(order)
    call.clear_timer(EXPIRY_TIMER, order.id)
    webhooks.emit_order(call, "checkout.order.failed", order)


def _is_meta(meta: object) -> bool:
    return isinstance(meta, dict) and all(
        isinstance(name, str) and _META.fullmatch(name) and isinstance(value, str) and len(value) <= 256
        for name, value in meta.items()
    )


def _return_url(flow: dict[str, Any]) -> Any:
    urls = flow.get("merchantUrls", {})
    return urls.get("redirectUrl", "") if isinstance(urls, dict) else None
