"""Files of payouts for our bank, and what the bank did with each of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from config.kernel.ids import new_id
from config.proposals.models import Proposal, one_waits, two_people, waiting_index


def file_id() -> str:
    return new_id("pof")


def result_id() -> str:
    return new_id("bkr")


class PayoutFile(models.Model):
    """Payouts of one bank account and currency that an operator took out to pay them at the bank. What stands in the
    file is made when it is downloaded, once, and is kept nowhere: it names people's accounts in the clear."""

    public_id = models.CharField(max_length=36, unique=True, default=file_id, editable=False)
    bank_account = models.CharField(max_length=40, help_text="of ours, from which they are paid")
    currency = models.CharField(max_length=3)
    rows = models.PositiveIntegerField()
    total_minor = models.BigIntegerField()
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    downloaded_by = models.CharField(max_length=80, blank=True, default="")
    downloaded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(total_minor__gt=0, rows__gt=0), name="a_payout_file_pays_somebody"),
            models.CheckConstraint(
                condition=Q(downloaded_at__isnull=True, downloaded_by="")
                | (Q(downloaded_at__isnull=False) & ~Q(downloaded_by="")),
                name="a_downloaded_file_says_by_whom",
            ),
        ]
        indexes = [models.Index(fields=["-made_at", "-id"], name="payout_file_made")]

    def __str__(self) -> str:
        return self.public_id


class BankResult(Proposal):
    """What one person says that the bank did with a payout of a file; nothing is booked before another confirms it."""

    class Kind(models.TextChoices):
        PAID = "paid"
        FAILED = "failed"
        RETURNED = "returned"

    public_id = models.CharField(max_length=36, unique=True, default=result_id, editable=False)
    payout = models.ForeignKey("payouts.Payout", on_delete=models.PROTECT, related_name="bank_results")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    reference = models.CharField(max_length=80, blank=True, default="", help_text="the bank's, by which it is found")
    reason = models.CharField(max_length=300)

    class Meta:
        constraints = [
            one_waits("payout", name="a_payout_has_one_open_bank_result"),
            *two_people(name="nobody_confirms_their_own_bank_result", known_status="a_bank_result_has_a_known_status"),
            models.CheckConstraint(
                condition=~Q(kind="paid") | ~Q(reference=""), name="what_the_bank_paid_has_its_reference"
            ),
        ]
        indexes = [waiting_index("bank_result_open")]

    def __str__(self) -> str:
        return self.public_id
