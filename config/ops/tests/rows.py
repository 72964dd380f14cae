"""Rows of the queues, as tests of operations need them."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from config.calls.models import GatewayCall
from config.inbox.models import WebhookEvent
from config.outbox.models import OutboxJob

_numbers = count(1)


def event(*, due_at: datetime, **fields: Any) -> WebhookEvent:
    """An event of the inbox."""
    given = {
        "source": "stripe", "account": "stripe", "event_id": f"evt_{next(_numbers)}", "type": "charge.updated",
        "livemode": False, "occurred_at": due_at, "received_at": due_at, "due_at": due_at, "body_sha256": b"0" * 32,
    }  # fmt: skip
    return WebhookEvent.objects.create(**{**given, **fields})


def job(*, due_at: datetime, **fields: Any) -> OutboxJob:
    """A job of the outbox."""
    given = {
        "topic": "order.paid", "listener": "orders.order.notices.send_confirmation", "fact_key": str(next(_numbers)),
        "due_at": due_at, "created_at": due_at,
    }  # fmt: skip
    return OutboxJob.objects.create(**{**given, **fields})


def call(*, due_at: datetime, **fields: Any) -> GatewayCall:
    """A call of the journal."""
    given = {
        "service": "stripe", "account": "stripe", "operation": "payment.create", "subject_type": "payment",
        "subject_id": f"pay_{next(_numbers)}", "actor": "system", "sent_at": due_at, "due_at": due_at,
    }  # fmt: skip
    return GatewayCall.objects.create(**{**given, **fields})
