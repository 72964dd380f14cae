"""Events: emitted with the object as it is at that moment, listed, and handed to the courier."""

from __future__ import annotations

import json
from typing import Any

from payments.sandbox import deliveries
from payments.sandbox.ids import new_id
from payments.sandbox.objects import Filter, Objects, Stored
from payments.sandbox.stripe.call import API_VERSION, GATEWAY, Call
from payments.sandbox.stripe.endpoints import endpoints_for
from payments.sandbox.stripe.errors import invalid, resource_missing
from payments.sandbox.stripe.lists import list_objects

KIND = "event"
# Those about connected accounts: each lists its own, and they go to endpoints that listen to connected accounts.
CONNECTED = "connected_event"
# The list goes back 30 days (docs.stripe.com/api/events).
KEPT_S = 30 * 24 * 60 * 60


def emit(
    call: Call, type: str, subject: Stored, *, previous: dict[str, Any] | None = None, account: str = ""
) -> Stored:
    """Stores an event about the object, as it is shown now, and queues it for every endpoint that wants it.

    `previous` becomes `data.previous_attributes`: the old values of what changed, given by Stripe for updates.
    `account`: the connected account that it is about.
    """
    return emit_body(call, type, subject.body, previous=previous, account=account)


def emit_body(
    call: Call, type: str, body: dict[str, Any], *, previous: dict[str, Any] | None = None, account: str = ""
) -> Stored:
    """As `emit`, for an object of any shape."""
    wanted = endpoints_for(call, event_type=type, connected=bool(account))
    data: dict[str, Any] = {"object": body}
    if previous is not None:
        data["previous_attributes"] = previous
    event = Stored(
        kind=CONNECTED if account else KIND,
        id=new_id(prefix="evt"),
        created_s=call.now_s,
        body={},
        hidden={"account": account},
    )
    event.body = {
        "id": event.id,
        "object": "event",
        **({"account": account} if account else {}),
        "api_version": API_VERSION,
        "created": call.now_s,
        "data": data,
        "livemode": False,
        "pending_webhooks": len(wanted),
        "request": {"id": call.request_id or None, "idempotency_key": call.idempotency_key or None},
        "type": type,
    }
    labels = {"type": type, "delivery_success": "false" if wanted else "true", "account": account or None}
    call.objects.add(event, labels=labels)
    for endpoint_id in wanted:
        deliveries.enqueue(
            call.transaction,
            gateway=GATEWAY,
            event_id=event.id,
            event_type=type,
            endpoint_id=endpoint_id,
            now=call.now,
        )
    call.transaction.after_commit(call.nudge)
    return event


def find(objects: Objects, event_id: str) -> Stored | None:
    """The event, of the platform or of a connected account."""
    return objects.get(kind=KIND, object_id=event_id) or objects.get(kind=CONNECTED, object_id=event_id)


def wire_body(event: Stored, *, pending: int) -> bytes:
    """The bytes of a webhook: the event, indented as Stripe sends it."""
    return json.dumps({**event.body, "pending_webhooks": pending}, indent=2).encode()


def retrieve(call: Call, event_id: str) -> dict[str, Any]:
    """GET of one event."""
    call.params.only()
    event = call.load(CONNECTED if call.account else KIND, event_id)
    if event.hidden.get("account", "") != call.account:
        raise resource_missing(kind=KIND, object_id=event_id)
    return event.body


def list_events(call: Call) -> dict[str, Any]:
    """`type` (with `*` for a group) or `types[]` (at most 20, not both), `delivery_success`, `created`, paging."""
    call.params.only("type", "types", "delivery_success", "created", "limit", "starting_after", "ending_before")
    kind, kinds = call.params.text("type"), call.params.texts("types", most=20)
    if kind and kinds:
        raise invalid("You may not specify both `type` and `types`.", param="types")
    filters = [Filter("account", (call.account,))] if call.account else []
    if kind:
        filters.append(Filter("type", (kind,), pattern="*" in kind))
    if kinds:
        filters.append(Filter("type", tuple(kinds)))
    if "delivery_success" in call.params:
        filters.append(Filter("delivery_success", ("true" if call.params.flag("delivery_success") else "false",)))
    kept = CONNECTED if call.account else KIND
    return list_objects(call, kind=kept, url="/v1/events", filters=filters, since_s=call.now_s - KEPT_S)
