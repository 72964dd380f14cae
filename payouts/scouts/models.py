"""Scouts, whom they brought, and what that earned them; and what a bounty is worth from when on."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from config.kernel.money import EXPONENTS, Money
from orders.catalog.models import Product
from orders.order.models import Order
from payouts.payees.models import Payee
from payouts.scouts.states import BOUNTY_STATES, BountyStatus


def scout_id() -> str:
    return new_id("sct")


def bounty_id() -> str:
    return new_id("bty")


class Source(models.TextChoices):
    CODE = "code"
    LINK = "link"
    ADMINISTRATOR = "administrator"


class BountyEvent(models.TextChoices):
    FIRST_ORDER = "first_order"
    LISTING_SOLD = "listing_sold"


class Scout(models.Model):
    """Somebody who brings people by a code of their own. What they earn is owed to their payee."""

    public_id = models.CharField(max_length=36, unique=True, default=scout_id, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="scout")
    payee = models.OneToOneField(Payee, on_delete=models.PROTECT, related_name="scout")
    code = models.CharField(max_length=16, unique=True, help_text="in capitals")
    display_name = models.CharField(max_length=40, blank=True, default="", help_text="which the leaderboard shows")
    is_active = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^[A-Z0-9]{4,16}$"), name="a_code_is_capitals_and_digits"),
        ]

    def __str__(self) -> str:
        return self.code


class Referral(models.Model):
    """Who brought whom: each person is brought by one scout at most."""

    recruit = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="referral")
    scout = models.ForeignKey(Scout, on_delete=models.PROTECT, related_name="referrals")
    source = models.CharField(max_length=16, choices=Source.choices)
    at = models.DateTimeField(help_text="what they do from then on earns the scout something")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(source__in=Source.values), name="a_referral_has_a_known_source"),
        ]
        indexes = [models.Index(fields=["scout", "-id"], name="referral_scout")]

    def __str__(self) -> str:
        return f"{self.scout_id} → {self.recruit_id}"


class BountyRate(models.Model):
    """What a bounty is worth in one currency from `from_at` on, and of what sale; before the first row
    SCOUT_BOUNTY_MINOR and SCOUT_BOUNTY_LEAST_SALE_MINOR say it."""

    append_only = True

    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="0: none")
    least_sale_minor = models.BigIntegerField(
        default=0, db_default=0, help_text="a first order, or a sold listing, of less earns none; 0: any does"
    )
    from_at = models.DateTimeField()
    set_by = models.CharField(max_length=80)
    reason = models.CharField(max_length=300)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "from_at"], name="a_bounty_is_worth_one_amount_at_a_time"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="a_bounty_is_never_negative"),
            models.CheckConstraint(
                condition=Q(least_sale_minor__gte=0), name="the_least_sale_of_a_bounty_is_never_negative"
            ),
            models.CheckConstraint(
                condition=Q(currency__in=sorted(EXPONENTS)), name="a_bounty_rate_is_in_a_known_currency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} from {self.from_at:%Y-%m-%d}"


class Bounty(models.Model):
    """What one event of one order earned a scout, at the amount of that day."""

    states = BOUNTY_STATES

    public_id = models.CharField(max_length=36, unique=True, default=bounty_id, editable=False)
    scout = models.ForeignKey(Scout, on_delete=models.PROTECT, related_name="bounties")
    event = models.CharField(max_length=16, choices=BountyEvent.choices)
    recruit = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    listing = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    status = models.CharField(max_length=8, choices=BountyStatus.choices, default=BountyStatus.ACCRUED)
    accrued_at = models.DateTimeField()
    matured_at = models.DateTimeField(null=True, blank=True)
    reversed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "bounties"
        constraints = [
            models.UniqueConstraint(
                fields=["recruit"], condition=Q(event="first_order"), name="a_first_order_earns_one_bounty_ever"
            ),
            models.UniqueConstraint(
                fields=["listing"],
                condition=Q(event="listing_sold") & ~Q(status="reversed"),
                name="a_listing_that_stays_sold_earns_one_bounty",
            ),
            models.UniqueConstraint(fields=["order", "listing"], name="a_sale_of_a_listing_earns_one_bounty"),
            models.CheckConstraint(condition=Q(status__in=BountyStatus.values), name="a_bounty_has_a_known_status"),
            models.CheckConstraint(condition=Q(event__in=BountyEvent.values), name="a_bounty_has_a_known_event"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_bounty_is_worth_something"),
            models.CheckConstraint(
                condition=Q(event="listing_sold", listing__isnull=False) | Q(event="first_order", listing__isnull=True),
                name="a_bounty_names_its_listing_exactly_where_one_was_sold",
            ),
            models.CheckConstraint(
                condition=Q(status="accrued", matured_at__isnull=True, reversed_at__isnull=True)
                | Q(status="matured", matured_at__isnull=False, reversed_at__isnull=True)
                | Q(status="reversed", reversed_at__isnull=False),
                name="a_bounty_is_dated_as_its_status_says",
            ),
        ]
        indexes = [
            models.Index(fields=["scout", "-id"], name="bounty_scout"),
            models.Index(fields=["status", "-id"], name="bounty_status"),
            models.Index(fields=["order"], name="bounty_order"),
            models.Index(
                fields=["currency", "accrued_at"],
                name="bounty_earned",
                condition=~Q(status="reversed"),
                include=["scout", "amount_minor"],
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
