"""What of a payee's released money still stands in our hands, and by when it must have left."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from config.kernel.money import Money


class UnpaidMoney(models.Model):
    """One payee and currency, as the last look found it: `amount_minor` stand unpaid, and the oldest of it must have
    left by `must_leave_by`. Whoever has nothing unpaid has no row. `alarmed_for` is the deadline that was told."""

    owner = models.CharField(max_length=40, help_text="the payee, as the ledger names them")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    must_leave_by = models.DateTimeField()
    alarmed_for = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "unpaid money"
        constraints = [
            models.UniqueConstraint(fields=["owner", "currency"], name="unpaid_money_is_counted_once_per_currency"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="unpaid_money_is_some"),
        ]
        indexes = [models.Index(fields=["must_leave_by", "id"], name="unpaid_must_leave")]

    def __str__(self) -> str:
        return f"{self.owner} {self.currency}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
