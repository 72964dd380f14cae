"""The intent journal: one row is committed before any call that changes something outside."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.calls.states import CALL_STATES, CallStatus
from config.kernel.ids import new_id
from config.queue.models import QueueRow, due_index


def call_id() -> str:
    return new_id("call")


class GatewayCall(QueueRow):
    """One intended call and what became of it. Its public id is the idempotency key.

    As a queue row it is due when its answer should long have been recorded: then the engine asks the gateway.
    """

    states = CALL_STATES

    public_id = models.CharField(max_length=36, unique=True, default=call_id, editable=False)
    service = models.CharField(max_length=20, help_text="stripe, razorpay, mail, …")
    account = models.CharField(max_length=40, help_text="code of the credentials used")
    operation = models.CharField(max_length=60, help_text="payment.create, refund.create, …")
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=36)
    status = models.CharField(max_length=12, choices=CallStatus.choices, default=CallStatus.SENT)
    request_facts = models.JSONField(default=dict, help_text="what was asked, without secrets or personal data")
    answer = models.BinaryField(null=True, help_text="the gateway's answer, encrypted; empty once redacted")
    external_id = models.CharField(max_length=255, blank=True, default="")
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    request_id = models.CharField(max_length=80, blank=True, default="", help_text="the gateway's own request id")
    error_code = models.CharField(max_length=80, blank=True, default="")
    actor = models.CharField(max_length=80)
    sent_at = models.DateTimeField()
    resends = models.PositiveSmallIntegerField(default=0, db_default=0)
    absences = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="times the gateway knew nothing")
    absent_at = models.DateTimeField(null=True, blank=True, help_text="when the gateway last knew nothing")
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_lost = models.BooleanField(
        default=False, db_default=False, help_text="what became of it had to be found out by asking"
    )
    case_opened_at = models.DateTimeField(null=True, blank=True, help_text="asking ended without an answer")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "operation"],
                condition=Q(status__in=["sent", "unknown", "pending"]),
                name="one_open_call_per_subject_and_operation",
            ),
            models.CheckConstraint(condition=Q(status__in=CallStatus.values), name="a_call_has_a_known_status"),
        ]
        indexes = [
            due_index("call_due"),
            models.Index(fields=["subject_type", "subject_id"], name="call_subject"),
            models.Index(fields=["account", "-id"], name="call_account"),
            models.Index(
                fields=["status", "-id"],
                name="call_not_plain",
                condition=Q(status__in=["declined", "not_executed", "pending", "reversed", "unknown"]),
            ),
            models.Index(fields=["case_opened_at"], name="call_case", condition=Q(case_opened_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.public_id} ({self.status})"
