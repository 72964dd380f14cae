"""Gathers the pages of the platform's rooms."""

from config.accounts.admin import ApiKeyAdmin, LoginFailureAdmin, UserAdmin
from config.audit.admin import AuditEntryAdmin
from config.calls.admin import GatewayCallAdmin
from config.erasure.admin import ErasureRequestAdmin
from config.inbox.admin import WebhookEventAdmin, WebhookRejectionAdmin
from config.inbox.bulk_admin import ReplayRequestAdmin
from config.outbox.admin import OutboxJobAdmin
from config.queue.admin import PauseAdmin, ScheduleAdmin

__all__ = [
    "ApiKeyAdmin",
    "AuditEntryAdmin",
    "ErasureRequestAdmin",
    "GatewayCallAdmin",
    "LoginFailureAdmin",
    "OutboxJobAdmin",
    "PauseAdmin",
    "ReplayRequestAdmin",
    "ScheduleAdmin",
    "UserAdmin",
    "WebhookEventAdmin",
    "WebhookRejectionAdmin",
]
