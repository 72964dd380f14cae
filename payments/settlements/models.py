"""Settlements: a gateway's payouts to our own bank account."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from config.kernel.money import Money
from payments.charges.models import GatewayAccount
from payments.settlements.states import SETTLEMENT_STATES, SettlementStatus


def settlement_id() -> str:
    return new_id("stl")


class Settlement(models.Model):
    """One payout of a gateway to our bank account; below zero it is a debit from there."""

    states = SETTLEMENT_STATES

    public_id = models.CharField(max_length=36, unique=True, default=settlement_id, editable=False)
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="settlements")
    gateway_settlement_id = models.CharField(max_length=255)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=SettlementStatus.choices, default=SettlementStatus.ANNOUNCED)
    reference = models.CharField(max_length=255, blank=True, default="", help_text="UTR or trace id, for the statement")
    failure_code = models.CharField(max_length=80, blank=True, default="")
    announced_at = models.DateTimeField(help_text="the gateway's time")
    expected_at = models.DateTimeField(null=True, blank=True, help_text="when the bank should have it")
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_account", "gateway_settlement_id"], name="a_gateway_settlement_is_kept_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=SettlementStatus.values), name="a_settlement_has_a_known_status"
            ),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="a_settlement_moves_something"),
        ]
        indexes = [models.Index(fields=["status", "-id"], name="settlement_status")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
