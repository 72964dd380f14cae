"""Webhooks: a body that nobody signed, under a header that is always the same."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from payments.sandbox import deliveries
from payments.sandbox.gateways import Outgoing
from payments.sandbox.ids import new_id
from payments.sandbox.objects import Stored
from payments.sandbox.phonepe.call import GATEWAY, Call
from payments.sandbox.store import Transaction, get_meta, set_meta

KIND = "event"
ENDPOINT = "default"
MERCHANT = "SANDBOXUAT"
_META = "phonepe_endpoint"
# What an attempt has where it is asked for, and in no sample of an event.
_NOT_TOLD = ("payableAmount", "feeAmount", "splitInstruments")


def set_endpoint(transaction: Transaction, *, url: str, username: str, password: str) -> dict[str, Any]:
    """Where events go and the credentials that their header is made of; without one of them nothing is sent."""
    value = {"url": url, "username": username, "password": password}
    set_meta(transaction, key=_META, value=value)
    return value


def endpoint(transaction: Transaction) -> dict[str, Any]:
    """Where events go now."""
    found: dict[str, Any] = get_meta(transaction, key=_META, default={"url": "", "username": "", "password": ""})
    return found


def emit_order(call: Call, event: str, order: Stored) -> None:
    """Tells what became of an order, with the order as it is at that moment."""
    attempts = [
        {name: value for name, value in attempt.items() if name not in _NOT_TOLD}
        for attempt in order.body["paymentDetails"]
    ]
    body = {**order.body, "paymentDetails": attempts}
    emit(call, event, {"merchantId": MERCHANT, "merchantOrderId": order.id, **body})


def emit_refund(call: Call, event: str, refund: Stored) -> None:
    """Tells what became of a refund."""
    emit(call, event, {"merchantId": MERCHANT, **refund.body})


def emit(call: Call, event: str, payload: dict[str, Any]) -> Stored:
    """Queues `{"event", "payload"}`, whatever it says: PhonePe's header covers none of it."""
    text = json.dumps({"event": event, "payload": payload})
    stored = call.add(KIND, new_id(prefix="evt"), body={"event": event, "text": text}, hidden={})
    known = endpoint(call.transaction)
    if known["url"] and known["username"] and known["password"]:
        deliveries.enqueue(
            call.transaction,
            gateway=GATEWAY,
            event_id=stored.id,
            event_type=event,
            endpoint_id=ENDPOINT,
            now=call.now,
        )
        call.transaction.after_commit(call.nudge)
    return stored


def outgoing(transaction: Transaction, *, event: Stored | None, manner: str) -> Outgoing | None:
    """The webhook as it is sent. `manner` `bad`: with somebody else's header; there is no stale one."""
    known = endpoint(transaction)
    if event is None or not known["url"]:
        return None
    password = known["password"] + ("-not" if manner == "bad" else "")
    return Outgoing(
        url=known["url"],
        body=event.body["text"].encode(),
        headers={"Content-Type": "application/json", "Authorization": authorization(known["username"], password)},
    )


def authorization(username: str, password: str) -> str:
    """The header that every delivery carries: hex SHA-256 of `username:password`."""
    return hashlib.sha256(f"{username}:{password}".encode()).hexdigest()
