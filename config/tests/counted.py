"""A source of events and a listener that leave one row each time they are really carried out."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from config.inbox.contract import Event, Handled, Verified
from config.outbox.models import OutboxJob
from config.outbox.services import emit

SLOW_S = 0.002  # so that an outage of a moment finds work under way


def verify(*, headers: Mapping[str, str], body: bytes, at: datetime) -> Verified:
    """Believes everybody: what is proved here is not who sent it."""
    return Verified("counted", str(json.loads(body)["id"]), "counted.made", "", False, at)


def handle(event: Event, *, fetched: Mapping[tuple[str, str], Any], at: datetime) -> Handled:
    """Leaves a row that names the event, and tells the listener; a second time would leave a second row."""
    leave("handled", event.event_id, at)
    time.sleep(SLOW_S)
    emit("counted.done", fact_key=event.event_id, payload={"event": event.event_id}, at=at)
    return Handled.processed("counted")


def fetch(*, account: str, kind: str, object_id: str) -> Any:
    """Is never asked."""
    raise NotImplementedError


def hear(payload: Mapping[str, Any], at: datetime) -> None:
    """Leaves a row each time it is told."""
    leave("heard", payload["event"], at)


def leave(topic: str, event_id: str, at: datetime) -> None:
    OutboxJob.objects.create(
        topic=topic, listener=uuid.uuid4().hex, fact_key=event_id, state="done", due_at=at, created_at=at
    )
