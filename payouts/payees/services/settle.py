"""Takes a destination from its approval to being the one that money goes to, and the one before it away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from config.audit.services import move
from config.outbox.services import emit
from payouts.payees.models import Destination
from payouts.payees.queries import current_destination
from payouts.payees.routing import is_spoken_to
from payouts.payees.states import DestinationStatus


def begin(destination: Destination, *, actor: str, at: datetime, reason: str) -> None:
    """Nothing of ours stands against it: the rail is told, or, where there is nobody to tell, it is active at once.
    Under the payee's lock."""
    move(destination, to=DestinationStatus.VERIFYING, actor=actor, at=at, reason=reason)
    if is_spoken_to(destination.rail):
        told = {"destination": destination.public_id}
        emit("destination.approved", fact_key=destination.public_id, payload=told, at=at)
    else:
        activate(destination, actor=actor, at=at, reason="this rail looks at none")


def activate(destination: Destination, *, actor: str, at: datetime, reason: str) -> bool:
    """From now on money goes there; the one before it is retired in the same commit, and not earlier. Under the
    payee's lock. False when it is active already."""
    before = current_destination(destination.payee, destination.currency)
    if before is not None and before.pk != destination.pk:
        move(before, to=DestinationStatus.RETIRED, actor=actor, at=at, reason=f"{destination.public_id} replaces it")
    changes: dict[str, Any] = {"why": "", "verified_at": destination.verified_at or at, "mended_at": at}
    changed = move(destination, to=DestinationStatus.ACTIVE, actor=actor, at=at, reason=reason, **changes)
    if changed:
        tell(destination, at=at)
    return changed


def stop(destination: Destination, *, to: DestinationStatus, why: str, actor: str, at: datetime) -> bool:
    """Rejected or suspended, and `why` in words for the payee. Under the payee's lock. False when it is so already."""
    changed = move(destination, to=to, actor=actor, at=at, reason=why, why=why[:300])
    if changed:
        tell(destination, at=at)
    return changed


def tell(destination: Destination, *, at: datetime) -> None:
    """The payee hears of it by letter: nobody else's hand on their account stays unnoticed."""
    told = {"destination": destination.public_id, "to": str(destination.status), "at": f"{at:%Y%m%dT%H%M%S}"}
    fact = f"{destination.public_id}:{destination.status}:{told['at']}"
    emit("destination.changed", fact_key=fact, payload=told, at=at)
