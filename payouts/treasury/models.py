"""Money of our own that went from our bank to a float."""

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
        indexes = [models.Index(fields=["status", "-id"], name="float_move_status")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
