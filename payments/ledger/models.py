"""The double-entry ledger: entries, their lines, and each payee's balance. Append-only."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.audit.models import TransactionId
from config.kernel.money import EXPONENTS
from payments.ledger.accounts import CHART, Account


class LedgerEntry(models.Model):
    """One business event in the books. `key` is the event's own: the same fact cannot be booked twice."""

    append_only = True

    key = models.CharField(max_length=160, unique=True)
    event = models.CharField(max_length=40, help_text="which recipe made it")
    subject_id = models.CharField(max_length=36, blank=True, default="", help_text="public id of what it is about")
    actor = models.CharField(max_length=80)
    memo = models.CharField(max_length=200, blank=True, default="")
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")
    posted_at = models.DateTimeField(help_text="our time; statements and periods use it")
    effective_at = models.DateTimeField(help_text="the gateway's time")
    xact_id = models.BigIntegerField(db_default=TransactionId(), editable=False)

    class Meta:
        verbose_name_plural = "ledger entries"
        indexes = [
            models.Index(fields=["subject_id", "id"], name="entry_subject"),
            models.Index(fields=["-posted_at", "-id"], name="entry_posted"),
            models.Index(fields=["xact_id"], name="entry_xact"),
        ]

    def __str__(self) -> str:
        return self.key


class LedgerLine(models.Model):
    """Account · owner · ref · currency · signed minor units: debits above zero, credits below."""

    append_only = True

    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="lines")
    account = models.CharField(max_length=20, choices=[(account.value, account.value) for account in Account])
    owner = models.CharField(max_length=40, blank=True, default="")
    ref = models.CharField(max_length=36, blank=True, default="")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    external_ref = models.CharField(max_length=255, blank=True, default="", help_text="the gateway's id of it")
    effective_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="a_ledger_line_moves_something"),
            models.CheckConstraint(
                condition=Q(currency__in=sorted(EXPONENTS)), name="a_ledger_line_has_a_known_currency"
            ),
            models.CheckConstraint(
                condition=Q(account__in=[account.value for account in Account]),
                name="a_ledger_line_stands_on_the_chart_of_accounts",
            ),
            models.CheckConstraint(
                condition=Q(account__in=[a.value for a, chart in CHART.items() if not chart.owner]) | ~Q(owner=""),
                name="a_ledger_line_names_its_owner",
            ),
            models.CheckConstraint(
                condition=Q(account__in=[a.value for a, chart in CHART.items() if not chart.ref]) | ~Q(ref=""),
                name="a_ledger_line_names_what_it_is_the_money_of",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ref", "account"], name="line_ref", condition=~Q(ref=""), include=["currency", "amount_minor"]
            ),
            models.Index(fields=["account", "owner", "currency", "-id"], name="line_account"),
            models.Index(fields=["external_ref"], name="line_external", condition=~Q(external_ref="")),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor} {self.currency}"


class PayeeBalance(models.Model):
    """What we owe a payee and what they owe us, in one currency. Changed only together with ledger lines, locked."""

    owner = models.CharField(max_length=40, help_text="public id of the payee")
    currency = models.CharField(max_length=3)
    payable_minor = models.BigIntegerField(default=0, db_default=0)
    reserve_minor = models.BigIntegerField(default=0, db_default=0)
    receivable_minor = models.BigIntegerField(default=0, db_default=0)
    reserve_moves = models.PositiveIntegerField(
        default=0, db_default=0, help_text="how often the reserve was moved by itself, for the keys of its entries"
    )
    owes_since = models.DateTimeField(null=True, blank=True, help_text="since then they owe us without a break")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "currency"], name="a_payee_has_one_balance_per_currency"),
            models.CheckConstraint(
                condition=Q(payable_minor__gte=0, reserve_minor__gte=0, receivable_minor__gte=0),
                name="a_payee_balance_is_never_negative",
            ),
            models.CheckConstraint(
                condition=Q(payable_minor=0) | Q(receivable_minor=0), name="nobody_is_owed_while_they_owe"
            ),
            models.CheckConstraint(
                condition=Q(receivable_minor=0, owes_since__isnull=True)
                | Q(receivable_minor__gt=0, owes_since__isnull=False),
                name="a_payee_owes_since_a_time_exactly_while_they_owe",
            ),
        ]
        indexes = [
            models.Index(fields=["owes_since", "id"], name="balance_owes", condition=Q(receivable_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.currency}"


class SealedBalance(models.Model):
    """What each (account, owner, ref, currency) came to up to one sealed point, so that proving the books does not
    cost more with every year of history."""

    sealed_xact_id = models.BigIntegerField(help_text="every entry of an older transaction is in the sums")
    sealed_at = models.DateTimeField()
    account = models.CharField(max_length=20)
    owner = models.CharField(max_length=40, blank=True, default="")
    ref = models.CharField(max_length=36, blank=True, default="")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sealed_xact_id", "account", "owner", "ref", "currency"], name="a_balance_is_sealed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.owner} {self.ref} {self.amount_minor} {self.currency}"
