"""Money that left our balance at a gateway, and that nobody here sent."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from config.kernel.money import Money
from payments.charges.models import GatewayAccount
from payments.outflows.states import OUTFLOW_STATES, OutflowStatus


def outflow_id() -> str:
    return new_id("out")


class DrawnOn(models.TextChoices):
    """The account of the ledger that it left."""

    CLEARING = "clearing"  # our balance of payments
    FLOAT = "float"  # what payouts are drawn on


class Outflow(models.Model):
    """One transfer of the gateway's from our balance to another account, or one payout that nobody here made. What of
    it is not back is unexplained."""

    states = OUTFLOW_STATES

    public_id = models.CharField(max_length=36, unique=True, default=outflow_id, editable=False)
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    gateway_transfer_id = models.CharField(max_length=255)
    drawn_on = models.CharField(
        max_length=8, choices=DrawnOn.choices, default=DrawnOn.CLEARING, db_default=DrawnOn.CLEARING
    )
    destination = models.CharField(max_length=255, blank=True, default="", help_text="the account that has it")
    amount_minor = models.BigIntegerField()
    returned_minor = models.BigIntegerField(default=0, db_default=0, help_text="of it, back in our balance")
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=8, choices=OutflowStatus.choices, default=OutflowStatus.OPEN)
    made_at = models.DateTimeField(help_text="the gateway's time")
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_account", "gateway_transfer_id"], name="a_gateway_transfer_is_kept_once"
            ),
            models.CheckConstraint(
                condition=Q(drawn_on__in=DrawnOn.values), name="an_outflow_left_an_account_that_we_know"
            ),
            models.CheckConstraint(condition=Q(status__in=OutflowStatus.values), name="an_outflow_has_a_known_status"),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, returned_minor__gte=0, returned_minor__lte=F("amount_minor")),
                name="an_outflow_returns_no_more_than_left",
            ),
            models.CheckConstraint(
                condition=Q(status="returned", returned_minor=F("amount_minor"))
                | Q(status="open", returned_minor__lt=F("amount_minor")),
                name="an_outflow_is_open_exactly_while_some_is_away",
            ),
        ]
        indexes = [models.Index(fields=["-id"], name="outflow_open", condition=Q(status="open"))]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def away(self) -> Money:
        """What of it is not back."""
        return Money(self.amount_minor - self.returned_minor, self.currency)
