"""Payees: sellers and scouts, where their money goes, and when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from config.kernel.money import EXPONENTS
from payouts.payees.states import COMING, CURRENT, DESTINATION_STATES, DestinationStatus


def payee_id() -> str:
    return new_id("pye")


def destination_id() -> str:
    return new_id("dst")


class PayeeKind(models.TextChoices):
    SELLER = "seller"
    SCOUT = "scout"


class LegalForm(models.TextChoices):
    PERSON = "person"
    COMPANY = "company"


class Schedule(models.TextChoices):
    DAILY = "daily"
    WEEKLY = "weekly"
    ON_REQUEST = "on_request"


class DestinationKind(models.TextChoices):
    BANK_ACCOUNT = "bank_account"
    UPI = "upi"
    CONNECTED_ACCOUNT = "connected_account"


class Payee(models.Model):
    """Somebody whom we owe money: one row for what a person sells, and another for what they scout. `owner` is how the
    ledger names them. While `held_at` is set, an operator keeps their payouts back."""

    public_id = models.CharField(max_length=36, unique=True, default=payee_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payees")
    kind = models.CharField(max_length=8, choices=PayeeKind.choices)
    owner = models.CharField(max_length=40, unique=True, help_text="as the ledger names them")
    legal_form = models.CharField(max_length=8, choices=LegalForm.choices, default=LegalForm.PERSON)
    legal_name = models.BinaryField(null=True, help_text="encrypted; empty once erased")
    country = models.CharField(max_length=2, blank=True, default="", help_text="ISO 3166-1 alpha-2")
    held_at = models.DateTimeField(null=True, blank=True)
    held_by = models.CharField(max_length=80, blank=True, default="")
    held_reason = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="a_person_is_one_payee_of_each_kind"),
            models.CheckConstraint(condition=Q(kind__in=PayeeKind.values), name="a_payee_has_a_known_kind"),
            models.CheckConstraint(condition=Q(legal_form__in=LegalForm.values), name="a_payee_has_a_known_legal_form"),
            models.CheckConstraint(
                condition=Q(held_at__isnull=True, held_by="", held_reason="")
                | (Q(held_at__isnull=False) & ~Q(held_by="") & ~Q(held_reason="")),
                name="a_held_payee_says_by_whom_and_why",
            ),
        ]
        indexes = [models.Index(fields=["kind", "-id"], name="payee_kind")]

    def __str__(self) -> str:
        return self.public_id


class PayeeAccount(models.Model):
    """One currency of a payee: how often it is paid out and from how much on. `due_at` is when the next look is due;
    empty where they are paid on request alone."""

    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, related_name="accounts")
    currency = models.CharField(max_length=3)
    schedule = models.CharField(max_length=10, choices=Schedule.choices, default=Schedule.WEEKLY)
    weekday = models.PositiveSmallIntegerField(default=0, help_text="of a weekly schedule: 0 is Monday, in UTC")
    minimum_minor = models.BigIntegerField(null=True, blank=True, help_text="empty: PAYOUT_MINIMUM_MINOR")
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payee", "currency"], name="a_payee_has_one_account_per_currency"),
            models.CheckConstraint(
                condition=Q(currency__in=sorted(EXPONENTS)), name="a_payee_account_is_in_a_known_currency"
            ),
            models.CheckConstraint(
                condition=Q(schedule__in=Schedule.values), name="a_payee_account_has_a_known_schedule"
            ),
            models.CheckConstraint(
                condition=Q(schedule=Schedule.ON_REQUEST, due_at__isnull=True)
                | (~Q(schedule=Schedule.ON_REQUEST) & Q(due_at__isnull=False)),
                name="a_payee_account_is_due_exactly_where_it_has_a_schedule",
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="a_weekday_is_one_of_seven"),
            models.CheckConstraint(
                condition=Q(minimum_minor__isnull=True) | Q(minimum_minor__gt=0),
                name="a_minimum_is_above_zero_where_it_is_set",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="payee_account_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.payee_id} {self.currency}"


class Destination(models.Model):
    """Where a payee's money in one currency goes: a bank account, a UPI address, an account at Stripe. What identifies
    it is encrypted; `masked` is what anybody sees. A changed one pays nothing before `cools_until`."""

    states = DESTINATION_STATES

    public_id = models.CharField(max_length=36, unique=True, default=destination_id, editable=False)
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, related_name="destinations")
    currency = models.CharField(max_length=3)
    rail = models.CharField(max_length=20, help_text="razorpayx, stripe_connect, bank_file")
    kind = models.CharField(max_length=20, choices=DestinationKind.choices)
    status = models.CharField(max_length=10, choices=DestinationStatus.choices, default=DestinationStatus.PROPOSED)
    details = models.BinaryField(null=True, help_text="JSON, encrypted; empty once erased")
    details_digest = models.BinaryField(max_length=32, help_text="keyed: tells whether two are the same, and no more")
    masked = models.CharField(max_length=60)
    recipient_id = models.CharField(max_length=255, blank=True, default="", help_text="the rail's id of the payee")
    account_id = models.CharField(max_length=255, blank=True, default="", help_text="the rail's id of the destination")
    why = models.CharField(max_length=300, blank=True, default="", help_text="why it is not active, for the payee")
    why_approval = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text="why it needs a second person"
    )
    proposed_by = models.CharField(max_length=80)
    approved_by = models.CharField(max_length=80, blank=True, default="")
    cools_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    verified_at = models.DateTimeField(null=True, blank=True)
    mended_at = models.DateTimeField(
        null=True, blank=True, help_text="when its bank was changed at the rail, or the rail was content with it again"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payee", "currency"],
                condition=Q(status__in=[state.value for state in CURRENT]),
                name="a_payee_has_one_current_destination_per_currency",
            ),
            models.UniqueConstraint(
                fields=["payee", "currency"],
                condition=Q(status__in=[state.value for state in COMING]),
                name="a_payee_has_one_coming_destination_per_currency",
            ),
            models.CheckConstraint(
                condition=Q(status__in=DestinationStatus.values), name="a_destination_has_a_known_status"
            ),
            models.CheckConstraint(condition=Q(kind__in=DestinationKind.values), name="a_destination_has_a_known_kind"),
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=models.F("proposed_by")),
                name="nobody_approves_the_destination_they_proposed",
            ),
            models.CheckConstraint(
                condition=Q(why_approval="") | ~Q(approved_by="") | Q(status__in=["proposed", "rejected", "retired"]),
                name="a_destination_that_needs_a_second_person_has_one",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="destination_status"),
            models.Index(fields=["rail", "account_id"], name="destination_account", condition=~Q(account_id="")),
            models.Index(fields=["details_digest"], name="destination_digest"),
        ]

    def __str__(self) -> str:
        return self.public_id
