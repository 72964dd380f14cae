"""The control endpoint's part for the transfer provider: the recipient, the time, and whatever it may say one day.

    GET|POST /_control/transfers/webhook              {"url": …, "secrets": […], "sign_with_all": true} of our endpoint
    GET  /_control/transfers/events                   ?transfer=trf_…  what was told of it: bodies, the newest first
    POST /_control/transfers/transfers/{id}/accept    {"ticketIds": […]} as the recipient: all, or some
    POST /_control/transfers/transfers/{id}/reject
    POST /_control/transfers/transfers/{id}/expire    its time is over now
    POST /_control/transfers/transfers/{id}/status    {"status": "ON_HOLD"} a word that nobody has heard before

Verbs on an object answer `{"object": …}`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payments.sandbox.engine import Engine
from payments.sandbox.gateways import OrderRefused
from payments.sandbox.objects import Filter, Objects, Stored
from payments.sandbox.store import Transaction
from payments.sandbox.transfers import offers, webhooks
from payments.sandbox.transfers.call import GATEWAY, Call
from payments.sandbox.transfers.errors import TransferError
from payments.sandbox.verbs import wanted

_KINDS = {"transfers": offers.KIND}


def obey(running: Engine, *, method: str, path: str, order: dict[str, Any], base_url: str) -> dict[str, Any] | None:
    """Carries an order out; None when there is no such order. Raises OrderRefused."""
    del base_url
    with running.store.write() as transaction:
        if path == "webhook":
            return _webhook(transaction, method, order)
        if path == "events":
            return _events(transaction, str(order.get("transfer", "")))
        named = wanted(_VERBS, method=method, path=path)
        if named is None:
            return None
        call = running.transfers.call(transaction, now=running.clock.now())
        stored = named.object_of(call, kinds=_KINDS)
        try:
            named.verb(call, stored, order)
        except TransferError as problem:
            raise OrderRefused(problem.body["message"]) from problem
        return {"object": offers.shown(stored)}


def _webhook(transaction: Transaction, method: str, order: dict[str, Any]) -> dict[str, Any]:
    present = webhooks.endpoint(transaction)
    if method == "GET":
        return present
    return webhooks.set_endpoint(
        transaction,
        url=str(order.get("url", present["url"])),
        secrets=tuple(str(each) for each in order.get("secrets", present["secrets"])),
        sign_with_all=bool(order.get("sign_with_all", present["sign_with_all"])),
    )


def _events(transaction: Transaction, transfer_id: str) -> dict[str, Any]:
    filters = [Filter("transfer", (transfer_id,))] if transfer_id else []
    found = Objects(transaction, GATEWAY).all(kind=webhooks.KIND, filters=filters)
    newest = sorted(found, key=lambda each: each.seq, reverse=True)
    return {"events": [{"id": each.id, "type": each.body["type"], "text": each.body["text"]} for each in newest]}


def _accept(call: Call, stored: Stored, order: dict[str, Any]) -> None:
    offers.take(call, stored, ticket_ids=order.get("ticketIds"))


def _reject(call: Call, stored: Stored, order: dict[str, Any]) -> None:
    if stored.body["status"] != offers.CREATED:
        raise OrderRefused(f"{stored.id} is {stored.body['status']}")
    offers.become(call, stored, offers.REJECTED)


def _expire(call: Call, stored: Stored, order: dict[str, Any]) -> None:
    offers.run_out(call, stored)


def _status(call: Call, stored: Stored, order: dict[str, Any]) -> None:
    offers.become(call, stored, str(order.get("status", "ON_HOLD")))


_VERBS: dict[tuple[str, str], Callable[[Call, Stored, dict[str, Any]], None]] = {
    ("transfers", "accept"): _accept,
    ("transfers", "reject"): _reject,
    ("transfers", "expire"): _expire,
    ("transfers", "status"): _status,
}
