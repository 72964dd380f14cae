"""What is known of each gateway account's health. One row per account, rewritten by one sweep."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from payments.charges.models import GatewayAccount
from payments.health.states import BREAKER_STATES, BreakerStatus, Forced


class GatewayHealth(models.Model):
    """The circuit breaker of an account, with the figures behind it, and when the gateway was last heard of."""

    states = BREAKER_STATES

    account = models.OneToOneField(GatewayAccount, on_delete=models.PROTECT, related_name="health")
    status = models.CharField(max_length=10, choices=BreakerStatus.choices, default=BreakerStatus.CLOSED)
    since = models.DateTimeField(help_text="when the breaker came to its state")
    openings = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="in a row, without closing")
    probes_left = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="payments that may still try")
    forced = models.CharField(max_length=6, choices=Forced.choices, blank=True, default="", db_default="")
    calls_answered = models.PositiveIntegerField(default=0, db_default=0, help_text="of the last minutes")
    calls_failed = models.PositiveIntegerField(default=0, db_default=0, help_text="of the last minutes")
    succeeded = models.PositiveIntegerField(default=0, db_default=0, help_text="payments of the last hour")
    failed = models.PositiveIntegerField(default=0, db_default=0, help_text="payments of the last hour")
    last_event_at = models.DateTimeField(help_text="when the gateway last told us something by itself")
    last_event_id = models.BigIntegerField(default=0, db_default=0, help_text="inbox rows up to here were looked at")
    first_event_at = models.DateTimeField(null=True, blank=True, help_text="since then we know its manner")
    longest_gap_s = models.FloatField(null=True, blank=True, help_text="longest pause, halved with every month")
    usual_gap_s = models.FloatField(null=True, blank=True, help_text="seconds between two events, smoothed")
    missed = models.PositiveIntegerField(default=0, db_default=0, help_text="events fetched since it last told us one")
    missed_since = models.DateTimeField(null=True, blank=True, help_text="when the first of them was fetched")
    silent_since = models.DateTimeField(null=True, blank=True)
    watched_until = models.DateTimeField(help_text="missed events were looked for up to then, by the gateway's time")
    watched_at = models.DateTimeField(null=True, blank=True, help_text="when they were last looked for")
    measured_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "gateway"
        constraints = [
            models.CheckConstraint(condition=Q(status__in=BreakerStatus.values), name="a_breaker_has_a_known_status"),
            models.CheckConstraint(condition=Q(forced__in=Forced.values), name="a_breaker_is_forced_in_a_known_way"),
        ]

    def __str__(self) -> str:
        return self.account.code

    @property
    def position(self) -> str:
        """Where the breaker stands, an operator's word included."""
        return self.forced or self.status
