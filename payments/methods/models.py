"""People as customers of a gateway, the setups by which they save methods, and the methods that they saved."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from config.accounts.models import User
from config.kernel.ids import new_id
from payments.charges.models import GatewayAccount
from payments.methods.states import METHOD_STATES, SETUP_STATES, MethodStatus, SetupStatus


def customer_id() -> str:
    return new_id("gcus")


def setup_id() -> str:
    return new_id("set")


def method_id() -> str:
    return new_id("met")


class GatewayCustomer(models.Model):
    """One person at one gateway account. The gateway knows our id of this row, and nothing of the person from us."""

    public_id = models.CharField(max_length=36, unique=True, default=customer_id, editable=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    gateway_customer_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - unique, so not ""
    livemode = models.BooleanField()
    created_at = models.DateTimeField(db_default=Now())
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="since then the gateway has forgotten them")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "gateway_account"],
                condition=Q(deleted_at__isnull=True),
                name="a_person_is_one_customer_of_an_account",
            ),
            models.UniqueConstraint(
                fields=["gateway_account", "gateway_customer_id"], name="a_gateway_customer_is_one_of_ours"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class MethodSetup(models.Model):
    """One attempt of a person to save a method, with their consent: exactly one object at the gateway."""

    states = SETUP_STATES

    public_id = models.CharField(max_length=36, unique=True, default=setup_id, editable=False)
    customer = models.ForeignKey(GatewayCustomer, on_delete=models.PROTECT, related_name="setups")
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    gateway_setup_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - unique, so not ""
    gateway_method_id = models.CharField(
        max_length=255,
        blank=True,
        default="",
        help_text="what it saves once the bank agrees, where that takes its time",
    )
    status = models.CharField(max_length=10, choices=SetupStatus.choices, default=SetupStatus.CREATED)
    consent_version = models.CharField(max_length=40, help_text="of the text that the person agreed to")
    consented_at = models.DateTimeField()
    consent_digest = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="SHA-256 of the words, as they were shown"
    )
    consent_address = models.CharField(
        max_length=45, blank=True, default="", db_default="", help_text="from where it was given"
    )
    replaces = models.ForeignKey(
        "SavedMethod", null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="which it succeeds"
    )
    failure_code = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_account", "gateway_setup_id"], name="a_gateway_setup_is_one_of_ours"
            ),
            models.CheckConstraint(condition=Q(status__in=SetupStatus.values), name="a_setup_has_a_known_status"),
            models.CheckConstraint(condition=~Q(consent_version=""), name="nothing_is_set_up_without_consent"),
            models.CheckConstraint(
                condition=Q(status__in=["succeeded", "cancelled"], ended_at__isnull=False)
                | Q(status__in=["created", "pending", "failed"], ended_at__isnull=True),
                name="a_setup_is_over_exactly_when_dated",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="setup_open", condition=Q(ended_at__isnull=True)),
            models.Index(
                fields=["gateway_method_id"],
                opclasses=["varchar_pattern_ops"],
                name="setup_saves",
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class SavedMethod(models.Model):
    """A way of paying that a person saved, to be charged with nobody present. Of a card: what may be kept of it.

    Of Indian cards that is last four digits and issuer; network and expiry stay empty.
    """

    states = METHOD_STATES

    public_id = models.CharField(max_length=36, unique=True, default=method_id, editable=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(GatewayCustomer, on_delete=models.PROTECT, related_name="methods")
    setup = models.OneToOneField(MethodSetup, on_delete=models.PROTECT, related_name="method")
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    gateway_method_id = models.CharField(max_length=255)
    livemode = models.BooleanField()
    kind = models.CharField(max_length=40)
    network = models.CharField(max_length=40, blank=True, default="")
    last4 = models.CharField(max_length=4, blank=True, default="")
    issuer = models.CharField(max_length=120, blank=True, default="")
    expiry_month = models.PositiveSmallIntegerField(null=True, blank=True)
    expiry_year = models.PositiveSmallIntegerField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=MethodStatus.choices, default=MethodStatus.ACTIVE)
    is_default = models.BooleanField(default=False, db_default=False)
    barred_code = models.CharField(max_length=80, blank=True, default="", help_text="why its bank never wants it again")
    consent_version = models.CharField(max_length=40)
    consented_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    detached_at = models.DateTimeField(null=True, blank=True, help_text="since then it can never be charged again")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_account", "gateway_method_id"], name="a_gateway_method_is_saved_once"
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(is_default=True), name="a_person_has_one_default_method"
            ),
            models.CheckConstraint(condition=Q(status__in=MethodStatus.values), name="a_method_has_a_known_status"),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(status__in=["active", "expired", "barred", "paused"]),
                name="a_default_method_is_kept",
            ),
            models.CheckConstraint(
                condition=Q(status="detached", detached_at__isnull=False)
                | (~Q(status="detached") & Q(detached_at__isnull=True)),
                name="a_method_is_detached_exactly_when_dated",
            ),
            models.CheckConstraint(condition=~Q(consent_version=""), name="nothing_is_saved_without_consent"),
            models.CheckConstraint(
                condition=Q(expiry_month__isnull=True, expiry_year__isnull=True)
                | Q(expiry_month__gte=1, expiry_month__lte=12, expiry_year__isnull=False),
                name="an_expiry_is_a_month_of_a_year",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="method_person"),
            models.Index(fields=["gateway_method_id"], opclasses=["varchar_pattern_ops"], name="method_at_gateway"),
            models.Index(fields=["expiry_year", "expiry_month"], name="method_expiry", condition=Q(status="active")),
        ]

    def __str__(self) -> str:
        return self.public_id
