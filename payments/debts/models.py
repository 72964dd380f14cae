"""How what a payee owes us should end without their earnings."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from config.kernel.ids import new_id
from config.kernel.money import Money
from config.proposals.models import Proposal, one_waits, two_people, waiting_index
from payments.ledger.models import PayeeBalance


def debt_proposal_id() -> str:
    return new_id("dbp")


class DebtProposal(Proposal):
    """So much of a debt was repaid, or should be written off: proposed by one person, confirmed by another."""

    class Kind(models.TextChoices):
        REPAID = "repaid"
        WRITTEN_OFF = "written_off"

    public_id = models.CharField(max_length=36, unique=True, default=debt_proposal_id, editable=False)
    balance = models.ForeignKey(PayeeBalance, on_delete=models.PROTECT, related_name="debt_proposals")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    bank_account = models.CharField(max_length=40, blank=True, default="", help_text="which of ours it came to")
    reference = models.CharField(max_length=80, blank=True, default="", help_text="the bank's, by which it is found")

    class Meta:
        constraints = [
            one_waits("balance", name="a_debt_has_one_open_proposal"),
            *two_people(
                name="nobody_confirms_the_end_of_a_debt_that_they_proposed",
                known_status="a_debt_proposal_has_a_known_status",
            ),
            models.UniqueConstraint(
                fields=["bank_account", "reference"],
                condition=Q(kind="repaid") & ~Q(status="declined"),
                name="money_at_our_bank_repays_a_debt_once",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_debt_proposal_ends_something"),
            models.CheckConstraint(
                condition=Q(kind="repaid") & ~Q(bank_account="") & ~Q(reference="")
                | Q(kind="written_off", bank_account="", reference=""),
                name="a_repaid_debt_says_where_the_money_is",
            ),
        ]
        indexes = [waiting_index("debt_proposal_open")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
