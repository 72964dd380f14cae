"""What is for sale: products and their price in each currency."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Now, Upper

from config.kernel.ids import new_id
from config.kernel.money import EXPONENTS, Money


def product_id() -> str:
    return new_id("prd")


class Product(models.Model):
    """One thing that a seller offers. `stock` is what may still be promised: a checkout takes from it at once."""

    public_id = models.CharField(max_length=36, unique=True, default=product_id, editable=False)
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="products")
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="", max_length=5000)
    category = models.CharField(max_length=60, blank=True, default="")
    stock = models.PositiveIntegerField(default=0)
    is_ticketed = models.BooleanField(
        default=False, db_default=False, help_text="each piece is a ticket in custody: its stock is its listed ones"
    )
    is_active = models.BooleanField(default=True)
    gateway_product_ids = models.JSONField(default=dict, blank=True, help_text="gateway account code → its product id")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    search = models.GeneratedField(
        expression=SearchVector("name", weight="A", config=Value("simple"))
        + SearchVector("sku", weight="A", config=Value("simple"))
        + SearchVector("category", weight="B", config=Value("simple"))
        + SearchVector("description", weight="C", config=Value("simple")),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sku"], name="a_sku_names_one_product"),
            models.CheckConstraint(condition=Q(stock__gte=0), name="stock_is_never_promised_twice"),
        ]
        indexes = [
            GinIndex(fields=["search"], name="product_search"),
            # A prefix match needs byte order; without the operator class a collated index cannot serve LIKE 'ABC%'.
            models.Index(OpClass(Upper("sku"), name="text_pattern_ops"), name="product_sku_prefix"),
            models.Index(fields=["category", "-id"], name="product_category"),
            models.Index(fields=["seller", "-id"], name="product_seller"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} · {self.name}"


class Price(models.Model):
    """What one piece costs in one currency."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    gateway_price_ids = models.JSONField(default=dict, blank=True, help_text="gateway account code → its price id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "currency"], name="a_product_has_one_price_per_currency"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_price_is_above_zero"),
            models.CheckConstraint(condition=Q(currency__in=sorted(EXPONENTS)), name="a_price_is_in_a_known_currency"),
        ]

    def __str__(self) -> str:
        return str(self.money)

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)
