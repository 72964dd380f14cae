"""Reads a ticket transfer of the sandbox's API into our words. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from config.calls.fields import JSON, part, text, text_or_empty, unreadable
from orders.tickets.providers.contract import TransferState, TransferView
from orders.tickets.providers.masking import mask_email

S = TransferState
# Any other word, also one of tomorrow, is left to a person.
STATES: Final = {
    "CREATED": S.INITIATED,
    "TRANSFERRED": S.ACCEPTED,
    "REJECTED": S.DECLINED,
    "EXPIRED": S.EXPIRED,
    "CANCELLED": S.CANCELLED,
}


def transfer_view(obj: JSON) -> TransferView:
    """The transfer. Raises UnreadableObject, which names the field and never its value."""
    status = text(obj, "status")
    tickets = obj.get("tickets")
    if not isinstance(tickets, list) or not all(isinstance(each, dict) for each in tickets):
        raise unreadable(obj, "tickets")
    return TransferView(
        provider_id=text(obj, "_id"),
        reference=text_or_empty(obj, "reference"),
        state=STATES.get(status, S.NEEDS_REVIEW),
        tickets=tuple(text(each, "id") for each in tickets),
        recipient=mask_email(text_or_empty(part(obj, "recipient"), "email"))[:80],
        expires_at=instant(obj, "expiresAt"),
        changed_at=instant(obj, "updatedAt"),
        status=status[:40],
    )


def instant(obj: JSON, key: str) -> datetime:
    """An instant in ISO 8601 with its zone, as it came."""
    try:
        found = datetime.fromisoformat(text(obj, key).replace("Z", "+00:00"))
    except ValueError:
        raise unreadable(obj, key) from None
    if found.tzinfo is None:
        raise unreadable(obj, key)
    return found


def without_people(obj: Any) -> Any:
    """A copy of an answer as the journal keeps it: without recipients."""
    if isinstance(obj, dict):
        return {name: without_people(each) for name, each in obj.items() if name != "recipient"}
    return [without_people(each) for each in obj] if isinstance(obj, list) else obj
