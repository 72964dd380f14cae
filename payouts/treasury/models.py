"""Money of our own that went from our bank to a float, and what came there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from config.kernel.ids import new_id
from config.kernel.money import Money
from config.proposals.models import Proposal, two_people


def move_id() -> str:
    return new_id("fm")


class FloatMove(Proposal):
    """What one person says that they sent from our bank to a rail's float. It is booked when another person, who looked
    it up at the bank, confirms it."""

    public_id = models.CharField(max_length=36, unique=True, default=move_id, editable=False)
    rail_account = models.CharField(max_length=40)
    bank_account = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    reference = models.CharField(max_length=80, help_text="the bank's, by which it is found")
    reason = models.CharField(max_length=300)
    arrived_at = models.DateTimeField(null=True, blank=True, help_text="when it came, as the rail tells")
    looked_at = models.DateTimeField(null=True, blank=True, help_text="when somebody found out why it never came")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bank_account", "reference"],
                condition=~Q(status="declined"),
                name="a_bank_movement_funds_a_float_once",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_float_move_moves_something"),
            models.CheckConstraint(condition=~Q(reference=""), name="a_float_move_has_the_banks_reference"),
            *two_people(name="nobody_confirms_their_own_float_move", known_status="a_float_move_has_a_known_status"),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="float_move_status"),
            models.Index(
                fields=["decided_at"],
                name="float_move_never_came",
                condition=Q(status="confirmed", arrived_at=None, looked_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


def credit_id() -> str:
    return new_id("fc")


class FloatCredit(models.Model):
    """What came to a float by a transfer, as its rail tells. The books know it by the movement that two people say our
    bank sent; what nobody said stays here until somebody does, or finds out what it is."""

    public_id = models.CharField(max_length=36, unique=True, default=credit_id, editable=False)
    rail_account = models.CharField(max_length=40)
    transaction_id = models.CharField(max_length=255, help_text="the rail's")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    source = models.CharField(max_length=40, blank=True, help_text="what the rail calls it")
    reference = models.CharField(max_length=80, blank=True, help_text="the bank's, where the rail tells it")
    came_at = models.DateTimeField(help_text="the rail's time")
    seen_at = models.DateTimeField()
    move = models.OneToOneField(FloatMove, on_delete=models.PROTECT, null=True, blank=True, related_name="credit")
    looked_at = models.DateTimeField(null=True, blank=True, help_text="when somebody found out what it is")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transaction_id", "rail_account"], name="a_credit_of_a_float_is_kept_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_credit_of_a_float_brings_something"),
        ]
        indexes = [
            models.Index(fields=["came_at"], name="float_credit_open", condition=Q(move=None, looked_at=None)),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def is_unexplained(self) -> bool:
        """Whether nobody said that our bank sent it, nor found out what it is."""
        return self.move_id is None and self.looked_at is None
