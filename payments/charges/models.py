"""Gateway accounts, the payments made there, and the movements of our balance there."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from config.kernel.money import Money
from orders.order.models import Order
from payments.charges.states import OPEN, PAYMENT_STATES, PaymentStatus


def payment_id() -> str:
    return new_id("pay")


class GatewayAccount(models.Model):
    """One merchant account at one gateway. `code` ties it to the credentials in the environment."""

    code = models.CharField(max_length=40, unique=True)
    gateway = models.CharField(max_length=20)
    merchant_id = models.CharField(max_length=80, blank=True, default="")
    livemode = models.BooleanField()
    settlement_currencies = ArrayField(models.CharField(max_length=3), default=list, blank=True)
    report_time_zone = models.CharField(max_length=64, default="UTC", help_text="the gateway's day is cut in this zone")
    api_version = models.CharField(max_length=40, blank=True, default="")
    payout_schedule = models.CharField(max_length=40, blank=True, default="")
    hold_limit_days = models.PositiveSmallIntegerField(default=90, help_text="money must have left by then")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(hold_limit_days__gt=0), name="a_hold_limit_is_at_least_a_day"),
        ]

    def __str__(self) -> str:
        return self.code


class Payment(models.Model):
    """One attempt to be paid: exactly one object at a gateway. What was captured is a sum of facts keyed by charge."""

    states = PAYMENT_STATES

    public_id = models.CharField(max_length=36, unique=True, default=payment_id, editable=False)
    purpose = models.CharField(max_length=20, default="order", help_text="what kind of debt it pays")
    ref = models.CharField(max_length=36, help_text="public id of that debt")
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="payments")
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    gateway_payment_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - unique, so not ""
    gateway_order_id = models.CharField(  # noqa: DJ001 - unique, so not ""
        max_length=255, null=True, blank=True, help_text="the gateway's session or order around it"
    )
    charge_id = models.CharField(max_length=255, blank=True, default="")
    status = models.CharField(max_length=12, choices=PaymentStatus.choices, default=PaymentStatus.CREATED)
    is_processing = models.BooleanField(default=False, db_default=False, help_text="the customer did their part")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    captured_minor = models.BigIntegerField(default=0, db_default=0)
    applied_minor = models.BigIntegerField(default=0, db_default=0, help_text="of it, for the debt it was made for")
    refunded_minor = models.BigIntegerField(default=0, db_default=0, help_text="of it, given back")
    refunding_minor = models.BigIntegerField(default=0, db_default=0, help_text="owed back and not there yet")
    saved_method = models.ForeignKey(
        "payments.SavedMethod",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="which is charged with nobody present",
    )
    disputed_minor = models.BigIntegerField(default=0, db_default=0, help_text="withdrawn by disputes, open or lost")
    open_disputes = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="no refund is sent meanwhile")
    capture_manually = models.BooleanField(default=False)
    hosted = models.BooleanField(default=False)
    choice = models.CharField(max_length=120, blank=True, default="", db_default="", help_text="why at this gateway")
    livemode = models.BooleanField()
    method = models.CharField(max_length=40, blank=True, default="")
    network = models.CharField(max_length=40, blank=True, default="")  # of Indian cards empty: it may not be kept
    last4 = models.CharField(max_length=4, blank=True, default="")
    failure_code = models.CharField(max_length=80, blank=True, default="")
    failure_detail = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    authorized_at = models.DateTimeField(null=True, blank=True)
    captured_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="since then the gateway's object can take no money: confirmed by the gateway"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_account", "gateway_payment_id"], name="a_gateway_payment_is_one_payment_of_ours"
            ),
            models.UniqueConstraint(
                fields=["gateway_account", "gateway_order_id"], name="a_gateway_order_is_one_payment_of_ours"
            ),
            models.CheckConstraint(condition=Q(status__in=PaymentStatus.values), name="a_payment_has_a_known_status"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_payment_is_for_something"),
            models.CheckConstraint(
                condition=Q(
                    applied_minor__gte=0,
                    refunded_minor__gte=0,
                    refunding_minor__gte=0,
                    disputed_minor__gte=0,
                    captured_minor__gte=F("applied_minor"),
                ),
                name="a_payment_applies_no_more_than_it_captured",
            ),
            models.CheckConstraint(
                condition=~Q(purpose="order") | Q(order__isnull=False), name="a_payment_for_an_order_names_it"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["captured", "reversed"]) | Q(captured_at__isnull=False),
                name="a_captured_payment_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["ref", "-id"], name="payment_ref"),
            models.Index(fields=["status", "-id"], name="payment_status"),
            models.Index(fields=["charge_id"], name="payment_charge", condition=~Q(charge_id="")),
            models.Index(fields=["-id"], name="payment_unapplied", condition=Q(captured_minor__gt=F("applied_minor"))),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def unapplied_minor(self) -> int:
        return self.captured_minor - self.applied_minor

    @property
    def is_open(self) -> bool:
        """Whether it waits for the customer or the gateway."""
        return self.status in OPEN


class GatewayTransaction(models.Model):
    """One movement of our balance at a gateway, kept whenever one is seen. Amounts signed, in `currency`."""

    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=255)
    type = models.CharField(max_length=60)
    source_id = models.CharField(max_length=255, blank=True, default="")
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0, db_default=0)
    net_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    exchange_rate = models.CharField(max_length=40, blank=True, default="")
    gateway_created_at = models.DateTimeField()
    available_at = models.DateTimeField(null=True, blank=True)
    settlement_ref = models.CharField(max_length=255, blank=True, default="")
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_account", "external_id", "type"], name="a_gateway_transaction_is_kept_once"
            ),
            models.CheckConstraint(
                condition=Q(net_minor=F("amount_minor") - F("fee_minor")), name="net_is_gross_less_fee"
            ),
        ]
        indexes = [
            models.Index(fields=["source_id"], name="gateway_txn_source"),
            models.Index(fields=["gateway_account", "-gateway_created_at"], name="gateway_txn_created"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.external_id}"
