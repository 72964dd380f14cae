"""Webhooks: the whole transfer, signed over instant and bytes with every secret that is in force."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from payments.sandbox import deliveries
from payments.sandbox.gateways import Outgoing
from payments.sandbox.ids import new_id
from payments.sandbox.objects import Stored
from payments.sandbox.store import Transaction, get_meta, set_meta
from payments.sandbox.transfers.call import GATEWAY, Call

KIND = "event"
ENDPOINT = "default"
HEADER = "X-Transfer-Signature"
STALE_S = 3_600
_META = "transfers_endpoint"


def set_endpoint(
    transaction: Transaction, *, url: str, secrets: tuple[str, ...], sign_with_all: bool = False
) -> dict[str, Any]:
    """Where events go and with what they are signed; without one of them nothing is sent."""
    value = {"url": url, "secrets": list(secrets), "sign_with_all": sign_with_all}
    set_meta(transaction, key=_META, value=value)
    return value


def endpoint(transaction: Transaction) -> dict[str, Any]:
    """Where events go now."""
    nothing = {"url": "", "secrets": [], "sign_with_all": False}
    found: dict[str, Any] = get_meta(transaction, key=_META, default=nothing)
    return found


def emit(call: Call, kind: str, transfer: Stored) -> Stored:
    """Queues an event with the transfer as it is at that moment."""
    event_id = new_id(prefix="evt")
    event = {
        "id": event_id,
        "type": kind,
        "createdAt": transfer.body["updatedAt"],
        "livemode": False,
        "data": {"ticketTransfer": transfer.body},
    }
    stored = Stored(
        kind=KIND, id=event_id, created_s=call.now_s, body={"type": kind, "text": json.dumps(event)}, hidden={}
    )
    call.objects.add(stored, labels={"transfer": transfer.id})
    known = endpoint(call.transaction)
    if known["url"] and known["secrets"]:
        deliveries.enqueue(
            call.transaction,
            gateway=GATEWAY,
            event_id=event_id,
            event_type=kind,
            endpoint_id=ENDPOINT,
            now=call.now,
        )
        call.transaction.after_commit(call.nudge)
    return stored


def outgoing(transaction: Transaction, *, event: Stored | None, manner: str, signed_at_s: int) -> Outgoing | None:
    """The webhook as it is sent. `manner`: `bad` with nobody's secret, `stale` signed an hour ago."""
    known = endpoint(transaction)
    if event is None or not known["url"] or not known["secrets"]:
        return None
    secrets = known["secrets"] if known["sign_with_all"] else known["secrets"][:1]
    if manner == "bad":
        secrets = [f"{secrets[0]}-not"]
    at = signed_at_s - STALE_S if manner == "stale" else signed_at_s
    body = event.body["text"].encode()
    return Outgoing(
        url=known["url"],
        body=body,
        headers={"Content-Type": "application/json", HEADER: signature(body, secrets=secrets, at_s=at)},
    )


def signature(body: bytes, *, secrets: list[str], at_s: int) -> str:
    """`t=…,v1=…`, one `v1` for each secret: HMAC-SHA256 over `{t}.{body}`."""
    signed = str(at_s).encode() + b"." + body
    parts = [f"v1={hmac.digest(each.encode(), signed, hashlib.sha256).hex()}" for each in secrets]
    return ",".join([f"t={at_s}", *parts])
