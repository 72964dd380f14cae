"""The control endpoint: `/_control/…`, JSON, from this machine only.

It plays the parts that a test or a demo cannot play through the gateway's API: the customer, the bank, the clock, the
network and the dashboard. A POST takes a JSON object and must say `Content-Type: application/json`; every answer is a
JSON object, errors are `{"error": "…"}` with 400, 403 or 404.

    GET    /_control/                       what is running: version, clock, courier, counts
    POST   /_control/reset                  forget everything
    GET    /_control/clock
    POST   /_control/clock                  {"shift_s": 3600} moves it, {"offset_s": 0} sets it;
                                            {"signatures": "wall"|"sandbox"} which clock signs webhooks
    GET    /_control/faults
    POST   /_control/faults                 a fault, see `payments.sandbox.faults.Fault`; answers {"id": 1}
    DELETE /_control/faults[/{id}]
    GET    /_control/deliveries             ?state=&type=&event=&limit=
    POST   /_control/deliveries/pause       background delivery stops, `flush` still works
    POST   /_control/deliveries/resume
    POST   /_control/deliveries/flush       {"order": "created"|"reversed", "type": "*", "event": "evt_…", "limit": 1}
                                            sends what waits, due or not, one by one; answers what became of each
    POST   /_control/deliveries/settle      {"timeout_s": 10} waits until nothing is due or on its way
    POST   /_control/deliveries/resend      {"event": "evt_…", "times": 1}
    GET    /_control/requests               ?gateway=&method=&path=&key=&limit=  (`*` in path and key)
    GET    /_control/effects                ?subject=pi_…|ch_…|re_…|cs_…|key=value of metadata &effect=&limit=
    GET    /_control/objects                ?gateway=stripe&kind=payment_intent&id=&limit=

and below `/_control/{gateway}/` what that gateway alone has: see `payments.sandbox.{gateway}.control`.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from payments.sandbox import deliveries, effects, faults, journal
from payments.sandbox.engine import Engine, engine
from payments.sandbox.gateways import OrderRefused
from payments.sandbox.objects import Objects, PageQuery
from payments.sandbox.phonepe import control as phonepe_control
from payments.sandbox.razorpay import control as razorpay_control
from payments.sandbox.stripe import control as stripe_control
from payments.sandbox.transfers import control as transfers_control

_LIMIT = 100
_OBEY = {
    "phonepe": phonepe_control.obey,
    "razorpay": razorpay_control.obey,
    "stripe": stripe_control.obey,
    "transfers": transfers_control.obey,
}


class ControlRefused(Exception):
    """The order makes no sense; the message says why."""


def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: the state file answers."""
    with engine().store.read() as transaction:
        transaction.one("SELECT 1")
    return JsonResponse({"status": "ok"})


@csrf_exempt
def control(request: HttpRequest, path: str) -> HttpResponse:
    """Every path below `/_control/`."""
    if not _from_this_machine(request):
        return JsonResponse({"error": "the control endpoint answers this machine only"}, status=403)
    try:
        order = _order(request)
        running = engine()
        running.run_timers()
        base_url = f"{request.scheme}://{request.get_host()}"
        given = _find(running, request.method or "GET", path.strip("/"), order, base_url)
    except (ControlRefused, faults.FaultRefused, OrderRefused) as problem:
        return JsonResponse({"error": str(problem)}, status=400)
    if given is None:
        return JsonResponse({"error": "there is no such order"}, status=404)
    return JsonResponse(given)


def _from_this_machine(request: HttpRequest) -> bool:
    """A proxy on this machine forwards for others, and a browser can be led here under another name."""
    if "X-Forwarded-For" in request.headers:
        return False
    host = request.get_host().rsplit(":", 1)[0].strip("[]")
    return _is_loopback(str(request.META.get("REMOTE_ADDR", ""))) and (host == "localhost" or _is_loopback(host))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _order(request: HttpRequest) -> dict[str, Any]:
    if request.method != "POST":
        return dict(request.GET.items())
    # A web page cannot send this type to another origin without asking first, and nobody answers that question here.
    if request.content_type != "application/json":
        raise ControlRefused("send application/json")
    try:
        order = json.loads(request.body or b"{}")
    except ValueError as problem:
        raise ControlRefused("the body is not JSON") from problem
    if not isinstance(order, dict):
        raise ControlRefused("the body must be an object")
    return order


def _find(running: Engine, method: str, path: str, order: dict[str, Any], base_url: str) -> dict[str, Any] | None:
    gateway, _, rest = path.partition("/")
    if gateway in _OBEY:
        return _OBEY[gateway](running, method=method, path=rest, order=order, base_url=base_url)
    if method == "DELETE" and path.startswith("faults/"):
        return _remove_faults(running, {"id": path.removeprefix("faults/")})
    verb = _VERBS.get((method, path))
    return None if verb is None else verb(running, order)


def _status(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    with running.store.read() as transaction:
        kinds = transaction.rows("SELECT gateway, kind, COUNT(*) AS n FROM objects GROUP BY gateway, kind")
        counts = deliveries.listing(transaction, state="", event_type="", event_id="", limit=0)["counts"]
    return {
        "gateways": sorted(running.gateways),
        "clock": _clock(running, {}),
        "paused": running.courier.paused,
        "deliveries": counts,
        "objects": {f"{row['gateway']}.{row['kind']}": row["n"] for row in kinds},
    }


def _reset(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    running.reset()
    return {"reset": True}


def _clock(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    clock = running.clock
    return {"now": clock.now(), "offset_s": clock.offset_s, "signatures": clock.signatures}


def _set_clock(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    clock = running.clock
    try:
        offset_s = float(order.get("offset_s", clock.offset_s)) + float(order.get("shift_s", 0))
    except (TypeError, ValueError) as problem:
        raise ControlRefused("shift_s and offset_s are numbers of seconds") from problem
    signatures = order.get("signatures", clock.signatures)
    if signatures not in ("wall", "sandbox"):
        raise ControlRefused("signatures must be wall or sandbox")
    clock.set(offset_s=offset_s, signatures=signatures)
    # Whoever moves the clock wants to see at once what is due then.
    running.run_timers()
    running.courier.nudge()
    return _clock(running, {})


def _list_faults(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    with running.store.read() as transaction:
        return {"faults": faults.every(transaction)}


def _add_fault(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    fault = faults.from_json(order=order)
    with running.store.write() as transaction:
        return {"id": faults.add(transaction, fault=fault)}


def _remove_faults(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    with running.store.write() as transaction:
        return {"removed": faults.remove(transaction, fault_id=int(order["id"]) if "id" in order else None)}


def _list_deliveries(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    with running.store.read() as transaction:
        return deliveries.listing(
            transaction,
            state=order.get("state", ""),
            event_type=order.get("type", ""),
            event_id=order.get("event", ""),
            limit=_limit(order),
        )


def _pause(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    running.courier.pause(paused=True)
    idle = running.courier.wait_until_idle(timeout_s=running.config.delivery_timeout_s)
    return {"paused": True, "idle": idle}


def _resume(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    running.courier.pause(paused=False)
    return {"paused": False}


def _flush(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    direction = order.get("order", "created")
    if direction not in ("created", "reversed"):
        raise ControlRefused("order must be created or reversed")
    limit = order.get("limit")
    sent = running.courier.flush(
        order=direction,
        event_type=order.get("type", ""),
        event_id=order.get("event", ""),
        limit=None if limit is None else int(limit),
    )
    return {"sent": sent}


def _settle(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    return {"settled": running.courier.settle(timeout_s=float(order.get("timeout_s", 10)))}


def _resend(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    event_id, gateway = str(order.get("event", "")), str(order.get("gateway", "stripe"))
    made = 0
    with running.store.write() as transaction:
        for _ in range(int(order.get("times", 1))):
            made += deliveries.requeue(
                transaction, gateway=gateway, event_id=event_id, endpoint_id=None, now=running.clock.now()
            )
    if made == 0:
        raise ControlRefused(f"no endpoint was ever sent {event_id!r}")
    running.courier.nudge()
    return {"queued": made}


def _requests(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    with running.store.read() as transaction:
        count, seen = journal.seen(
            transaction,
            gateway=order.get("gateway", ""),
            method=order.get("method", ""),
            path=order.get("path", ""),
            key=order.get("key", ""),
            limit=_limit(order),
        )
    return {"count": count, "requests": seen}


def _effects(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    with running.store.read() as transaction:
        return effects.summary(
            transaction, subject=order.get("subject", ""), effect=order.get("effect", ""), limit=_limit(order)
        )


def _objects(running: Engine, order: dict[str, Any]) -> dict[str, Any]:
    kind, object_id = str(order.get("kind", "")), str(order.get("id", ""))
    with running.store.read() as transaction:
        found = Objects(transaction, str(order.get("gateway", "stripe")))
        if object_id:
            stored = found.get(kind=kind, object_id=object_id)
            items = [] if stored is None else [stored]
        else:
            items = found.page(PageQuery(kind=kind, limit=_limit(order))).items
    return {"objects": [{"body": each.body, "hidden": each.hidden} for each in items]}


def _limit(order: dict[str, Any]) -> int:
    try:
        return max(0, min(1_000, int(order.get("limit", _LIMIT))))
    except (TypeError, ValueError) as problem:
        raise ControlRefused("limit must be a number") from problem


_VERBS: dict[tuple[str, str], Callable[[Engine, dict[str, Any]], dict[str, Any]]] = {
    ("GET", ""): _status,
    ("POST", "reset"): _reset,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _set_clock,
    ("GET", "faults"): _list_faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _remove_faults,
    ("GET", "deliveries"): _list_deliveries,
    ("POST", "deliveries/pause"): _pause,
    ("POST", "deliveries/resume"): _resume,
    ("POST", "deliveries/flush"): _flush,
    ("POST", "deliveries/settle"): _settle,
    ("POST", "deliveries/resend"): _resend,
    ("GET", "requests"): _requests,
    ("GET", "effects"): _effects,
    ("GET", "objects"): _objects,
}
