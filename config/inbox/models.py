"""What the outside told us: verified events, and what failed verification."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from config.inbox.states import REPLAY_STATES, InboxState, ReplayStatus
from config.kernel.ids import new_id
from config.queue.models import QueueRow, due_index


class WebhookEvent(QueueRow):
    """A verified event. The row is the queue: no other record says that it must be processed."""

    source = models.CharField(max_length=20, help_text="stripe, razorpay, …: the door it came through")
    account = models.CharField(max_length=40, help_text="code of the credentials whose secret verified it")
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=120)
    object_id = models.CharField(max_length=255, blank=True, default="")
    api_version = models.CharField(max_length=40, blank=True, default="")
    livemode = models.BooleanField()
    occurred_at = models.DateTimeField(help_text="the gateway's time")
    received_at = models.DateTimeField(db_default=Now())
    fetched = models.BooleanField(default=False, db_default=False, help_text="found by asking, not delivered")
    body = models.BinaryField(null=True, help_text="the exact bytes, encrypted; empty once purged")
    body_sha256 = models.BinaryField(max_length=32)
    body_is_unique = models.BooleanField(
        default=False, db_default=False, help_text="the event id is not signed: a new body is a new event"
    )
    is_hint = models.BooleanField(
        default=False, db_default=False, help_text="the body is not signed: each delivery has its object asked about"
    )
    deliveries = models.PositiveIntegerField(default=1, db_default=1)
    repeated_at = models.DateTimeField(null=True, blank=True, help_text="delivered again, to the minute")
    mismatched_bodies = models.PositiveIntegerField(default=0, db_default=0)
    wake_key = models.CharField(max_length=255, blank=True, default="", db_default="")
    parked_at = models.DateTimeField(null=True, blank=True)
    processed_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True, default="", db_default="", help_text="what was done, in one line")
    concerns = ArrayField(models.CharField(max_length=36), default=list, db_default=[], blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "event_id"], name="an_event_is_stored_once_per_account"),
            models.UniqueConstraint(
                fields=["account", "body_sha256"],
                condition=Q(body_is_unique=True),
                name="an_unsigned_event_id_needs_a_new_body",
            ),
            models.CheckConstraint(condition=Q(state__in=InboxState.values), name="an_inbox_row_has_a_known_state"),
            models.CheckConstraint(
                condition=~Q(state="parked") | ~Q(wake_key=""), name="a_parked_event_waits_for_a_named_object"
            ),
        ]
        indexes = [
            due_index("inbox_due"),
            models.Index(fields=["wake_key"], name="inbox_parked", condition=Q(state="parked")),
            models.Index(fields=["due_at"], name="inbox_parked_due", condition=Q(state="parked")),
            # What did not simply work: listed by state, the newest first, however much was processed meanwhile.
            models.Index(
                fields=["state", "-id"],
                name="inbox_set_aside",
                condition=Q(state__in=["dead", "foreign", "ignored", "parked"]),
            ),
            models.Index(fields=["received_at"], name="inbox_body_age", condition=Q(body__isnull=False)),
            models.Index(fields=["object_id"], name="inbox_object"),
            # When a gateway was last heard of, where all that it says was fetched before: of most events there is none.
            models.Index(
                fields=["account", "-repeated_at"], name="inbox_repeated", condition=Q(repeated_at__isnull=False)
            ),
            # Whose events are found when they are to be forgotten; of most events nobody is known.
            GinIndex(fields=["concerns"], name="inbox_concerns", condition=Q(body__isnull=False) & ~Q(concerns=[])),
            models.Index(fields=["type", "-id"], name="inbox_type"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.type} {self.event_id}"


class WebhookRejection(models.Model):
    """A delivery that failed verification: counted and shown, never believed. One row per source, address and
    reason and minute, so that a flood cannot fill the disk."""

    source = models.CharField(max_length=20)
    reason = models.CharField(max_length=60)
    remote_addr = models.CharField(max_length=45)
    minute = models.DateTimeField()
    count = models.PositiveIntegerField(default=1, db_default=1)
    last_at = models.DateTimeField(db_default=Now())
    body_size = models.PositiveIntegerField(default=0, db_default=0)
    body_sha256 = models.BinaryField(max_length=32)
    user_agent = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "reason", "remote_addr", "minute"], name="rejections_are_counted_per_minute"
            ),
        ]
        indexes = [models.Index(fields=["-last_at"], name="rejection_last")]

    def __str__(self) -> str:
        return f"{self.source}: {self.reason} ×{self.count}"


def replay_request_id() -> str:
    return new_id("rpl")


class ReplayRequest(models.Model):
    """A wish to replay many events at once: one person asks, another allows, the machine does it in batches."""

    states = REPLAY_STATES

    public_id = models.CharField(max_length=36, unique=True, default=replay_request_id, editable=False)
    status = models.CharField(max_length=12, choices=ReplayStatus.choices, default=ReplayStatus.REQUESTED)
    source = models.CharField(max_length=20)
    type = models.CharField(max_length=120, blank=True, default="", help_text="empty: every type")
    since = models.DateTimeField(help_text="received from then on")
    until = models.DateTimeField(help_text="received before then")
    event_states = ArrayField(models.CharField(max_length=12))
    matched = models.PositiveIntegerField(help_text="events found when it was asked for, counted up to 10,000")
    reason = models.TextField()
    requested_by = models.CharField(max_length=80)
    requested_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    last_received_at = models.DateTimeField(null=True, blank=True, help_text="how far it has come")
    last_event = models.BigIntegerField(default=0)
    replayed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=ReplayStatus.values), name="a_bulk_replay_has_a_known_status"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["requested", "rejected"])
                | (Q(decided_at__isnull=False) & ~Q(decided_by="") & ~Q(decided_by=F("requested_by"))),
                name="a_bulk_replay_is_allowed_by_somebody_else",
            ),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="a_bulk_replay_ends_after_it_begins"),
        ]
        indexes = [models.Index(fields=["-id"], name="replay_waiting", condition=Q(status="requested"))]

    def __str__(self) -> str:
        return self.public_id
