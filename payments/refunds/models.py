"""Money that goes back to a buyer, and where each part of it was taken from."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from config.kernel.money import Money
from config.proposals.models import Proposal, one_waits, two_people, waiting_index
from payments.charges.models import GatewayAccount, Payment
from payments.escrow.models import EscrowHold
from payments.refunds.states import REFUND_STATES, RefundStatus

# Causes that a person of staff chose: these alone need a second person. The machine's own are owed anyhow.
REQUESTED = "requested"
CANCELLED_BY_STAFF = "cancelled_by_staff"
CHOSEN = (REQUESTED, CANCELLED_BY_STAFF)
GOODWILL = "goodwill"


def refund_id() -> str:
    return new_id("rf")


def proposal_id() -> str:
    return new_id("rfp")


class Refund(models.Model):
    """One giving back of captured money, over one payment."""

    states = REFUND_STATES

    public_id = models.CharField(max_length=36, unique=True, default=refund_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    gateway_refund_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - unique, so not ""
    charge_id = models.CharField(
        max_length=255, blank=True, default="", db_default="", help_text="of it; empty: what the payment took first"
    )
    amount_minor = models.BigIntegerField()
    taken_over_minor = models.BigIntegerField(
        default=0, db_default=0, help_text="so much more was asked for, which a refund made at the gateway gave"
    )
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=RefundStatus.choices, default=RefundStatus.REQUESTED)
    cause = models.CharField(max_length=40, help_text="requested, timeout, cancelled, unapplied, external, …")
    cause_key = models.CharField(max_length=160, unique=True, help_text="one refund per cause")
    request_id = models.CharField(
        max_length=36,
        blank=True,
        default="",
        db_default="",
        help_text="the first of those asked for together",
    )
    review_code = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="why a second person must approve"
    )
    reason = models.TextField(blank=True, default="")
    requested_by = models.CharField(max_length=80)
    approved_by = models.CharField(max_length=80, blank=True, default="")
    reference = models.CharField(max_length=255, blank=True, default="", help_text="ARN or RRN, for the buyer's bank")
    failure_code = models.CharField(max_length=80, blank=True, default="")
    failure_detail = models.CharField(max_length=300, blank=True, default="")
    sendings = models.PositiveSmallIntegerField(default=1, db_default=1, help_text="how often it was made anew")
    bounces = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="times it came back after success")
    created_at = models.DateTimeField(db_default=Now())
    approved_at = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_account", "gateway_refund_id"], name="a_gateway_refund_is_one_refund_of_ours"
            ),
            models.CheckConstraint(condition=Q(status__in=RefundStatus.values), name="a_refund_has_a_known_status"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_refund_gives_something"),
            models.CheckConstraint(condition=Q(taken_over_minor__gte=0), name="a_refund_only_shrinks_by_a_take_over"),
            models.CheckConstraint(
                condition=~Q(status="succeeded") | Q(succeeded_at__isnull=False), name="a_succeeded_refund_says_when"
            ),
            models.CheckConstraint(
                condition=~Q(cause__in=CHOSEN) | ~Q(approved_by=F("requested_by")),
                name="nobody_approves_their_own_refund",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="refund_status"),
            models.Index(fields=["charge_id"], name="refund_charge", condition=~Q(charge_id="")),
            models.Index(fields=["requested_by", "created_at"], name="refund_requester", condition=Q(cause__in=CHOSEN)),
            models.Index(
                fields=["approved_at"], name="refund_owed", condition=Q(status__in=["approved", "sending", "failed"])
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def gives_back(self) -> str:
        """The gateway's charge that it gives back: one payment may have been paid twice over."""
        return self.charge_id or self.payment.charge_id


class RefundShare(models.Model):
    """A part of a refund and the pot that it is taken from. One that is goodwill names the hold of the part of the
    order that it is about, and takes nothing from it. Of a refund that is only requested it is what it will need."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="shares")
    pot = models.CharField(max_length=20, help_text="escrow, released, unapplied, goodwill or loss")
    hold = models.ForeignKey(EscrowHold, null=True, blank=True, on_delete=models.PROTECT, related_name="refund_shares")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["refund", "pot", "hold"], nulls_distinct=False, name="a_refund_takes_from_a_pot_once"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_refund_share_is_something"),
            models.CheckConstraint(
                condition=~Q(pot__in=["escrow", "released"]) | Q(hold__isnull=False), name="a_held_share_names_its_hold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} from {self.pot}"


class FormerRefund(models.Model):
    """A gateway's refund that failed and was made anew: what is still told of it changes nothing."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="formers")
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    gateway_refund_id = models.CharField(max_length=255)
    replaced_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_account", "gateway_refund_id"], name="a_former_refund_was_one_of_ours_once"
            ),
        ]

    def __str__(self) -> str:
        return self.gateway_refund_id


class RefundProposal(Proposal):
    """How a failed refund should end without the gateway: proposed by one person, confirmed by another."""

    class Kind(models.TextChoices):
        PAID_OTHERWISE = "paid_otherwise"
        VOIDED = "voided"

    public_id = models.CharField(max_length=36, unique=True, default=proposal_id, editable=False)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    bank_account = models.CharField(max_length=40, blank=True, default="", help_text="which of ours it was paid from")
    reference = models.CharField(max_length=80, blank=True, default="", help_text="the bank's, by which it is found")

    class Meta:
        constraints = [
            one_waits("refund", name="a_refund_has_one_open_proposal"),
            *two_people(name="nobody_confirms_their_own_proposal", known_status="a_refund_proposal_has_a_known_status"),
            models.CheckConstraint(
                condition=~Q(kind="paid_otherwise") | (~Q(bank_account="") & ~Q(reference="")),
                name="what_was_paid_otherwise_says_how",
            ),
        ]
        indexes = [waiting_index("refund_proposal_open")]

    def __str__(self) -> str:
        return self.public_id
