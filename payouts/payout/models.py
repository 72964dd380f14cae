"""Payouts: what was frozen of a payee's balance, and what became of it; and the runs that made them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from config.kernel.ids import new_id
from config.kernel.money import Money
from payouts.bankfile.models import PayoutFile
from payouts.payees.models import Destination, Payee
from payouts.payout.states import BANK_HAS, FROZEN, PAYOUT_STATES, PayoutStatus


def payout_id() -> str:
    return new_id("po")


def batch_id() -> str:
    return new_id("pob")


class Pot(models.TextChoices):
    """What a payout leaves from, as the ledger calls it."""

    FLOAT = "float"
    BANK = "bank"
    CONNECTED = "connected"


class PayoutBatch(models.Model):
    """One run that looked at payees whose time had come, or at those whom somebody chose."""

    public_id = models.CharField(max_length=36, unique=True, default=batch_id, editable=False)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.PositiveIntegerField(default=0, db_default=0, help_text="balances, of payees and currencies")

    class Meta:
        verbose_name_plural = "payout batches"
        indexes = [models.Index(fields=["-made_at", "-id"], name="payout_batch_made")]

    def __str__(self) -> str:
        return self.public_id


class Payout(models.Model):
    """Everything that was payable to one payee in one currency at one moment, frozen until the rail decides. A retry is
    a new payout.

    It is made of the payee's lines on *payable* after `after_line_id`, up to and with its own freezing's
    (`upto_line_id`): together they come to nothing. The next one begins where this one ends.
    """

    states = PAYOUT_STATES

    public_id = models.CharField(max_length=36, unique=True, default=payout_id, editable=False)
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, related_name="payouts")
    destination = models.ForeignKey(Destination, on_delete=models.PROTECT, related_name="payouts")
    batch = models.ForeignKey(PayoutBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="payouts")
    retry_of = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="retried_by")
    failed_before = models.CharField(
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text="why the one before it to this account failed",
    )
    owner = models.CharField(max_length=40, help_text="the payee, as the ledger names them")
    currency = models.CharField(max_length=3)
    gross_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0, db_default=0, help_text="which the payee bears")
    net_minor = models.BigIntegerField(help_text="which is sent")
    after_line_id = models.BigIntegerField()
    upto_line_id = models.BigIntegerField()
    rail = models.CharField(max_length=20)
    rail_account = models.CharField(max_length=40, help_text="the float it is drawn on: credentials, or a bank account")
    status = models.CharField(max_length=20, choices=PayoutStatus.choices, default=PayoutStatus.SCHEDULED)
    drawn_on = models.CharField(
        max_length=10, choices=Pot.choices, default=Pot.FLOAT, db_default=Pot.FLOAT, help_text="account of the ledger"
    )
    why_approval = models.CharField(max_length=120, blank=True, default="", help_text="why it needs a second person")
    requested_by = models.CharField(max_length=80)
    approved_by = models.CharField(max_length=80, blank=True, default="")
    rail_payout_id = models.CharField(  # noqa: DJ001 - unique, so not ""
        max_length=255, null=True, blank=True
    )
    rail_transfer_id = models.CharField(  # noqa: DJ001 - unique, so not ""
        max_length=255, null=True, blank=True, help_text="of the transfer before it, where the rail has one"
    )
    transferred_at = models.DateTimeField(null=True, blank=True)
    transfer_returned_minor = models.BigIntegerField(
        default=0, db_default=0, help_text="of the transfer, so much is back from the payee's account in sum"
    )
    transfer_repaid_minor = models.BigIntegerField(
        default=0, db_default=0, help_text="of that, so much was given back after the bank had the payout"
    )
    file = models.ForeignKey(PayoutFile, null=True, blank=True, on_delete=models.PROTECT, related_name="payouts")
    recalled_at = models.DateTimeField(null=True, blank=True, help_text="it is not sent again: the payee owes us")
    waits_because = models.CharField(max_length=160, blank=True, default="", db_default="")
    reference = models.CharField(max_length=255, blank=True, default="", help_text="UTR or trace id, for the statement")
    failure_code = models.CharField(max_length=80, blank=True, default="")
    failure_detail = models.CharField(max_length=300, blank=True, default="")
    advice = models.CharField(max_length=10, blank=True, default="", help_text="retry, fix, final, ask")
    frozen_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    followed_at = models.DateTimeField(null=True, blank=True, help_text="when its rail was last asked how it stands")
    ended_at = models.DateTimeField(null=True, blank=True)
    looked_end_at = models.DateTimeField(
        null=True, blank=True, help_text="the end that somebody looked at; a later one is looked at anew"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "currency", "after_line_id"], name="a_payout_begins_where_the_one_before_ends"
            ),
            models.UniqueConstraint(
                fields=["rail_account", "rail_payout_id"], name="a_payout_of_a_rail_is_one_payout_of_ours"
            ),
            models.UniqueConstraint(
                fields=["rail_account", "rail_transfer_id"], name="a_transfer_of_a_rail_is_of_one_payout"
            ),
            models.CheckConstraint(condition=Q(status__in=PayoutStatus.values), name="a_payout_has_a_known_status"),
            models.CheckConstraint(
                condition=Q(net_minor__gt=0, fee_minor__gte=0, gross_minor=F("net_minor") + F("fee_minor")),
                name="a_payout_is_its_net_and_its_fee",
            ),
            models.CheckConstraint(
                condition=Q(upto_line_id__gt=F("after_line_id"), after_line_id__gte=0),
                name="a_payout_is_made_of_lines",
            ),
            models.CheckConstraint(condition=Q(drawn_on__in=Pot.values), name="a_payout_is_drawn_on_a_known_pot"),
            models.CheckConstraint(
                condition=Q(transfer_returned_minor__gte=0, transfer_returned_minor__lte=F("net_minor")),
                name="no_more_of_a_transfer_comes_back_than_it_was",
            ),
            models.CheckConstraint(
                condition=Q(transfer_repaid_minor__gte=0, transfer_repaid_minor__lte=F("transfer_returned_minor")),
                name="what_was_repaid_of_a_transfer_is_back",
            ),
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=F("requested_by")),
                name="nobody_approves_the_payout_they_asked_for",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["paid", "paid_late", "returned"]) | Q(paid_at__isnull=False),
                name="a_paid_payout_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="payout_status"),
            models.Index(fields=["payee", "-id"], name="payout_payee"),
            models.Index(fields=["batch", "id"], name="payout_batch_rows", condition=Q(batch__isnull=False)),
            models.Index(fields=["rail_account", "id"], name="payout_approved", condition=Q(status="approved")),
            models.Index(
                fields=["rail_account", "paid_at"],
                name="payout_at_bank",
                condition=Q(status__in=[state.value for state in BANK_HAS]),
            ),
            models.Index(
                fields=["owner", "currency"],
                name="payout_frozen",
                condition=Q(status__in=[state.value for state in FROZEN]),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_over(self) -> bool:
        """Whether it ended without the payee's bank having it."""
        return self.status in (PayoutStatus.FAILED, PayoutStatus.CANCELLED, PayoutStatus.RETURNED)

    @property
    def in_account_minor(self) -> int:
        """What of it stands in the payee's account at the gateway: transferred, neither back nor at their bank."""
        if self.rail_transfer_id is None or self.status in (PayoutStatus.PAID, PayoutStatus.PAID_LATE):
            return 0
        return self.net_minor - (self.transfer_returned_minor - self.transfer_repaid_minor)

    @property
    def net(self) -> Money:
        return Money(self.net_minor, self.currency)


class BatchRow(models.Model):
    """What became of one balance that a run looked at: a payout, or why there is none."""

    batch = models.ForeignKey(PayoutBatch, on_delete=models.PROTECT, related_name="rows")
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    payout = models.OneToOneField(Payout, null=True, blank=True, on_delete=models.PROTECT, related_name="batch_row")
    code = models.CharField(max_length=40, blank=True, default="", help_text="why there is no payout")
    detail = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "payee", "currency"], name="a_run_looks_at_a_balance_once"),
            models.CheckConstraint(
                condition=Q(payout__isnull=False, code="") | (Q(payout__isnull=True) & ~Q(code="")),
                name="a_row_of_a_run_is_a_payout_or_says_why_not",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payee_id} {self.currency}"
