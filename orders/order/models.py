"""An order, its lines, and the sums that decide its status."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now

from config.kernel.ids import new_id
from config.kernel.money import EXPONENTS, Money
from orders.catalog.models import Product
from orders.fulfilment.models import Fulfilment
from orders.order.states import ORDER_STATES, OrderStatus, PaymentStatus


def order_id() -> str:
    return new_id("ord")


class Order(models.Model):
    """What one buyer wants to buy at once. Prices and fees stand on its lines and never change."""

    states = ORDER_STATES

    public_id = models.CharField(max_length=36, unique=True, default=order_id, editable=False)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="orders"
    )
    email = models.EmailField(max_length=254)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    status = models.CharField(max_length=16, choices=OrderStatus.choices, default=OrderStatus.PENDING_PAYMENT)
    applied_minor = models.BigIntegerField(default=0, db_default=0, help_text="captured money that pays this order")
    refunded_minor = models.BigIntegerField(default=0, db_default=0, help_text="of it, given back")
    disputed_minor = models.BigIntegerField(default=0, db_default=0, help_text="of it, withdrawn by an open dispute")
    lost_minor = models.BigIntegerField(default=0, db_default=0, help_text="of it, lost to disputes")
    open_attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    payment_status = models.GeneratedField(
        expression=Case(
            When(disputed_minor__gt=0, then=Value(PaymentStatus.DISPUTED)),
            When(
                lost_minor__gt=0,
                applied_minor__lte=F("refunded_minor") + F("lost_minor"),
                then=Value(PaymentStatus.CHARGED_BACK),
            ),
            When(applied_minor__gt=0, applied_minor__lte=F("refunded_minor"), then=Value(PaymentStatus.REFUNDED)),
            When(refunded_minor__gt=0, then=Value(PaymentStatus.PARTIALLY_REFUNDED)),
            When(applied_minor__gte=F("total_minor"), then=Value(PaymentStatus.PAID)),
            When(open_attempts__gt=0, then=Value(PaymentStatus.PROCESSING)),
            default=Value(PaymentStatus.UNPAID),
        ),
        output_field=models.CharField(max_length=20),
        db_persist=True,
    )
    reserved_until = models.DateTimeField(help_text="until then the stock is kept for this order")
    terms_version = models.CharField(max_length=40, blank=True, default="")
    terms_accepted_at = models.DateTimeField(null=True, blank=True)
    cart_metadata = models.JSONField(default=dict, blank=True)
    access_version = models.PositiveSmallIntegerField(default=1, help_text="raise it to revoke the guest's link")
    access_expires_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    paid_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="an_order_has_a_known_status"),
            models.CheckConstraint(condition=Q(total_minor__gt=0), name="an_order_costs_something"),
            models.CheckConstraint(condition=Q(currency__in=sorted(EXPONENTS)), name="an_order_has_a_known_currency"),
            models.CheckConstraint(
                condition=Q(applied_minor__gte=0, applied_minor__lte=F("total_minor")),
                name="an_order_takes_no_more_than_it_costs",
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, lost_minor__gte=0, disputed_minor__gte=0)
                & Q(applied_minor__gte=F("refunded_minor") + F("lost_minor")),
                name="an_order_gives_back_no_more_than_it_took",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending_payment", "cancelled", "expired"]) | Q(paid_at__isnull=False),
                name="a_paid_order_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["reserved_until"], name="order_reserved", condition=Q(status="pending_payment")),
            models.Index(fields=["status", "-id"], name="order_status"),
            models.Index(fields=["buyer", "-id"], name="order_buyer"),
            models.Index(fields=["email", "-id"], name="order_email"),
            models.Index(fields=["-created_at"], name="order_created"),
            models.Index(fields=["-paid_at"], name="order_paid", condition=Q(paid_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def due_minor(self) -> int:
        """What is still to be paid, in minor units."""
        return self.total_minor - self.applied_minor


class OrderLine(models.Model):
    """One product of an order, with its price and fees frozen when it was priced."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    fulfilment = models.ForeignKey(Fulfilment, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="order_lines")
    position = models.PositiveSmallIntegerField()
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=60, blank=True, default="")
    quantity = models.PositiveIntegerField()
    unit_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    platform_fee_minor = models.BigIntegerField()
    gateway_fee_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0, db_default=0)
    withheld_minor = models.BigIntegerField(default=0, db_default=0)
    refunded_minor = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="order_lines_have_their_place"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="a_line_has_a_quantity"),
            models.CheckConstraint(
                condition=Q(amount_minor=F("unit_minor") * F("quantity")), name="a_line_costs_unit_times_quantity"
            ),
            models.CheckConstraint(
                condition=Q(
                    platform_fee_minor__gte=0,
                    gateway_fee_minor__gte=0,
                    tax_minor__gte=0,
                    withheld_minor__gte=0,
                    amount_minor__gte=F("platform_fee_minor")
                    + F("gateway_fee_minor")
                    + F("tax_minor")
                    + F("withheld_minor"),
                ),
                name="fees_never_exceed_their_line",
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("amount_minor")),
                name="a_line_is_refunded_at_most_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"
