"""Events: the objects as they are at that moment, under the names of Razorpay's envelope, handed to the courier."""

from __future__ import annotations

import json
from typing import Any

from payments.sandbox import deliveries
from payments.sandbox.ids import random_text
from payments.sandbox.objects import Stored
from payments.sandbox.razorpay.call import GATEWAY, ID_LENGTH, Call
from payments.sandbox.razorpay.endpoint import ENDPOINT, load_endpoint

KIND = "event"
ACCOUNT = "acc_Sandbox0000000"


def emit(call: Call, event: str, **subjects: Stored | None) -> Stored:
    """Stores an event about the objects, as they are now, and queues it for the endpoint."""
    return emit_payload(call, event, {name: each.body for name, each in subjects.items() if each is not None})


def emit_payload(call: Call, event: str, entities: dict[str, dict[str, Any]], *, endpoint_id: str = ENDPOINT) -> Stored:
    """As `emit`, for objects of any shape, and for either endpoint."""
    endpoint = load_endpoint(call.transaction, endpoint_id)
    body = {
        "entity": "event",
        "account_id": ACCOUNT,
        "event": event,
        "contains": list(entities),
        "payload": {name: {"entity": entity} for name, entity in entities.items()},
        "created_at": call.now_s,
    }
    event_id = random_text(length=ID_LENGTH)
    secret = endpoint.secrets[0] if endpoint.secrets else ""
    hidden = {"id": event_id, "secret": secret, "endpoint": endpoint_id}
    stored = Stored(kind=KIND, id=event_id, created_s=call.now_s, body=body, hidden=hidden)
    call.objects.add(stored, labels={"event": event})
    if endpoint.takes:
        deliveries.enqueue(
            call.transaction,
            gateway=GATEWAY,
            event_id=stored.id,
            event_type=event,
            endpoint_id=endpoint_id,
            now=call.now,
        )
        call.transaction.after_commit(call.nudge)
    return stored


def wire_body(event: Stored) -> bytes:
    """The bytes of a webhook: the same at every attempt, without spaces."""
    return json.dumps(event.body, separators=(",", ":")).encode()
