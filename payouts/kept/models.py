"""What one person says of money that stood in a payee's account: that the payee has it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from config.kernel.ids import new_id
from config.kernel.money import Money
from config.proposals.models import Proposal, one_waits, two_people, waiting_index
from payouts.payout.models import Payout


def kept_id() -> str:
    return new_id("kpt")


class KeptMoney(Proposal):
    """A payout came to nothing at the bank after its transfer was made, and the payee got the money out of their
    account all the same. Nothing is booked before another person confirms it; from then on the payout is paid."""

    public_id = models.CharField(max_length=36, unique=True, default=kept_id, editable=False)
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="kept_money")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=80, help_text="by which it is found at the rail or at the payee's bank")

    class Meta:
        verbose_name_plural = "kept money"
        constraints = [
            one_waits("payout", name="one_thing_is_said_at_a_time_of_money_that_a_payee_kept"),
            *two_people(
                name="nobody_confirms_their_own_word_of_kept_money", known_status="kept_money_has_a_known_status"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="kept_money_is_some"),
            models.CheckConstraint(condition=~Q(reference=""), name="kept_money_says_where_it_is_found"),
        ]
        indexes = [waiting_index("kept_money_open")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
