"""How what a payee owes us should end without their earnings."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from config.kernel.ids import new_id
from config.kernel.money import Money
from payments.debts.states import DEBT_PROPOSAL_STATES, DebtProposalStatus
from payments.ledger.models import PayeeBalance


def debt_proposal_id() -> str:
    return new_id("dbp")


class DebtProposal(models.Model):
    """So much of a debt was repaid, or should be written off: proposed by one person, confirmed by another."""

    class Kind(models.TextChoices):
        REPAID = "repaid"
        WRITTEN_OFF = "written_off"

    states = DEBT_PROPOSAL_STATES

    public_id = models.CharField(max_length=36, unique=True, default=debt_proposal_id, editable=False)
    balance = models.ForeignKey(PayeeBalance, on_delete=models.PROTECT, related_name="debt_proposals")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=DebtProposalStatus.choices, default=DebtProposalStatus.PROPOSED)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    bank_account = models.CharField(max_length=40, blank=True, default="", help_text="which of ours it came to")
    reference = models.CharField(max_length=80, blank=True, default="", help_text="the bank's, by which it is found")
    reason = models.TextField()
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["balance"], condition=Q(status="proposed"), name="a_debt_has_one_open_proposal"
            ),
            models.UniqueConstraint(
                fields=["bank_account", "reference"],
                condition=Q(kind="repaid") & ~Q(status="declined"),
                name="money_at_our_bank_repays_a_debt_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=DebtProposalStatus.values), name="a_debt_proposal_has_a_known_status"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="a_debt_proposal_ends_something"),
            models.CheckConstraint(
                condition=~Q(status="confirmed") | ~Q(decided_by=F("proposed_by")),
                name="nobody_confirms_the_end_of_a_debt_that_they_proposed",
            ),
            models.CheckConstraint(
                condition=Q(kind="repaid") & ~Q(bank_account="") & ~Q(reference="")
                | Q(kind="written_off", bank_account="", reference=""),
                name="a_repaid_debt_says_where_the_money_is",
            ),
        ]
        indexes = [models.Index(fields=["-id"], name="debt_proposal_open", condition=Q(status="proposed"))]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
