"""Ticket transfers: offered once under a reference, accepted, rejected, expired or taken back, each for good."""

from __future__ import annotations

import re
from typing import Any

from payments.sandbox.ids import new_id, random_text
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.transfers import webhooks
from payments.sandbox.transfers.call import Call, seconds_of, text_of
from payments.sandbox.transfers.errors import TransferError, bad_request, not_found

KIND = "ticket_transfer"
TIMER = "expiry"
MOST_TICKETS, LARGEST_PAGE = 50, 100
CREATED, TRANSFERRED, REJECTED, EXPIRED, CANCELLED = "CREATED", "TRANSFERRED", "REJECTED", "EXPIRED", "CANCELLED"
PARTLY = "PARTIALLY_TRANSFERRED"
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
_TOLD = {
    TRANSFERRED: "ticketTransfer.transferred",
    PARTLY: "ticketTransfer.transferred",
    REJECTED: "ticketTransfer.rejected",
    EXPIRED: "ticketTransfer.expired",
    CANCELLED: "ticketTransfer.cancelled",
}


def create(call: Call) -> dict[str, Any]:
    """POST /ticket-transfers. Under a reference that is there already it answers with that one, if it asks for the
    same."""
    wanted = _wanted(call)
    known = call.objects.all(kind=KIND, filters=[Filter("reference", (wanted["reference"],))])
    if known:
        if known[0].hidden["wanted"] != wanted:
            raise TransferError(422, "reference_reused", "This reference stands for another transfer")
        return shown(known[0])
    expires_at = seconds_of(wanted["expiresAt"])
    if expires_at is None or expires_at <= call.now:
        raise TransferError(422, "expired_already", "expiresAt has passed")
    stored = Stored(
        kind=KIND,
        id=new_id(prefix="trf"),
        created_s=call.now_s,
        body={},
        hidden={"wanted": wanted, "secret": random_text(length=32)},
    )
    stored.body = {
        "_id": stored.id,
        "reference": wanted["reference"],
        "status": CREATED,
        "tickets": [{"id": each["id"], "status": "OFFERED"} for each in wanted["tickets"]],
        "recipient": {"email": wanted["email"]},
        "requiresAcceptance": True,
        "expiresAt": wanted["expiresAt"],
        "createdAt": call.now_text,
        "updatedAt": call.now_text,
        "history": [{"type": CREATED, "date": call.now_text}],
    }
    call.objects.add(stored, labels={"reference": wanted["reference"]})
    call.set_timer(TIMER, stored.id, due_at=expires_at)
    webhooks.emit(call, "ticketTransfer.created", stored)
    return shown(stored)


def _wanted(call: Call) -> dict[str, Any]:
    given = call.params
    tickets, recipient = given.get("tickets"), given.get("recipient")
    reference, expires_at = given.get("reference"), given.get("expiresAt")
    if not isinstance(reference, str) or not _REFERENCE.fullmatch(reference):
        raise bad_request("reference must be 1 to 64 letters and digits")
    if not isinstance(tickets, list) or not 1 <= len(tickets) <= MOST_TICKETS:
        raise bad_request("tickets must be a list of 1 to 50")
    if not all(isinstance(each, dict) and isinstance(each.get("id"), str) and each["id"] for each in tickets):
        raise bad_request("each ticket must have an id")
    email = recipient.get("email") if isinstance(recipient, dict) else None
    if not isinstance(email, str) or not _EMAIL.fullmatch(email):
        raise bad_request("recipient.email must be an address")
    if seconds_of(expires_at) is None:
        raise bad_request("expiresAt must be an instant with its zone")
    return {
        "reference": reference,
        "tickets": [{"id": each["id"], "secret": str(each.get("secret", ""))} for each in tickets],
        "email": email,
        "expiresAt": expires_at,
    }


def retrieve(call: Call, object_id: str) -> dict[str, Any]:
    """GET /ticket-transfers/{id}."""
    return shown(_load(call, object_id))


def listing(call: Call) -> dict[str, Any]:
    """GET /ticket-transfers?reference=&updatedSince=&top=&after=: the oldest change first; `next` asks for more."""
    given = call.params
    filters = [Filter("reference", (str(given["reference"]),))] if given.get("reference") else []
    since = seconds_of(given["updatedSince"]) if given.get("updatedSince") else 0.0
    top = str(given.get("top", LARGEST_PAGE))
    if since is None or not top.isdecimal() or not 1 <= int(top) <= LARGEST_PAGE:
        raise bad_request("updatedSince must be an instant, top 1 to 100")
    found = sorted(call.objects.all(kind=KIND, filters=filters), key=_position)
    changed = [each for each in found if (seconds_of(each.body["updatedAt"]) or 0.0) >= since]
    after = str(given.get("after", ""))
    rest = [each for each in changed if "~".join(_position(each)) > after]
    page = rest[: int(top)]
    return {
        "rows": [shown(each) for each in page],
        "next": "~".join(_position(page[-1])) if len(rest) > len(page) else None,
    }


def _position(stored: Stored) -> tuple[str, str]:
    return stored.body["updatedAt"], stored.id


def cancel(call: Call, object_id: str) -> dict[str, Any]:
    """POST /ticket-transfers/{id}/cancel: what has ended says how; what was taken is not taken back."""
    stored = _load(call, object_id)
    if stored.body["status"] in (TRANSFERRED, PARTLY):
        raise TransferError(409, "already_transferred", "The recipient has the tickets", ticketTransfer=shown(stored))
    if stored.body["status"] == CREATED:
        become(call, stored, CANCELLED)
    return shown(stored)


def accept(call: Call, object_id: str) -> dict[str, Any]:
    """POST /ticket-transfers/{id}/accept {"secret", "ticketIds"?}: the recipient takes all, or some."""
    stored = _of_recipient(call, object_id)
    take(call, stored, ticket_ids=call.params.get("ticketIds"))
    return shown(stored)


def reject(call: Call, object_id: str) -> dict[str, Any]:
    """POST /ticket-transfers/{id}/reject {"secret"}."""
    stored = _of_recipient(call, object_id)
    _must_be_open(stored)
    become(call, stored, REJECTED)
    return shown(stored)


def take(call: Call, stored: Stored, *, ticket_ids: Any = None) -> None:
    """The recipient takes these tickets, or all."""
    _must_be_open(stored)
    offered = [each["id"] for each in stored.body["tickets"]]
    wanted = offered if not isinstance(ticket_ids, list) else [each for each in offered if each in ticket_ids]
    if not wanted:
        raise bad_request("ticketIds must name tickets of this transfer")
    for each in stored.body["tickets"]:
        each["status"] = "ACCEPTED" if each["id"] in wanted else each["status"]
    become(call, stored, TRANSFERRED if wanted == offered else PARTLY)


def run_out(call: Call, stored: Stored) -> None:
    """Nobody took it in time."""
    if stored.body["status"] == CREATED:
        become(call, stored, EXPIRED)


def become(call: Call, stored: Stored, status: str) -> None:
    """Moves it, and tells of it; an instant later than it was changed before."""
    changed_at = max(call.now, (seconds_of(stored.body["updatedAt"]) or 0.0) + 0.000_001)
    stored.body["status"] = status
    stored.body["updatedAt"] = text_of(changed_at)
    stored.body["history"].append({"type": status, "date": stored.body["updatedAt"]})
    call.save(stored)
    call.clear_timer(TIMER, stored.id)
    webhooks.emit(call, _TOLD.get(status, "ticketTransfer.updated"), stored)


def shown(stored: Stored) -> dict[str, Any]:
    """The transfer as the API shows it: never the secret by which its recipient takes it."""
    return dict(stored.body)


def _of_recipient(call: Call, object_id: str) -> Stored:
    stored = _load(call, object_id)
    if call.params.get("secret") != stored.hidden["secret"]:
        raise TransferError(403, "wrong_secret", "This is somebody else's transfer")
    return stored


def _must_be_open(stored: Stored) -> None:
    if stored.body["status"] != CREATED:
        raise TransferError(409, "not_open", f"The transfer is {stored.body['status']}")


def _load(call: Call, object_id: str) -> Stored:
    stored = call.find(KIND, object_id)
    if stored is None:
        raise not_found()
    return stored
