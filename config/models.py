"""Gathers the platform's tables for Django."""

from config.accounts.models import ApiKey, LoginFailure, User
from config.audit.models import AuditEntry
from config.calls.models import GatewayCall
from config.erasure.models import ErasureRequest
from config.idempotency.models import IdempotencyKey
from config.inbox.models import WebhookEvent, WebhookRejection
from config.ops.models import StoredGauge
from config.outbox.models import OutboxJob
from config.queue.models import Pause

__all__ = [
    "ApiKey",
    "AuditEntry",
    "ErasureRequest",
    "GatewayCall",
    "IdempotencyKey",
    "LoginFailure",
    "OutboxJob",
    "Pause",
    "StoredGauge",
    "User",
    "WebhookEvent",
    "WebhookRejection",
]
