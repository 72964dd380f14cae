"""The life of a proposal to end a debt."""

from django.db import models

from config.kernel.states import StateTable


class DebtProposalStatus(models.TextChoices):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


S = DebtProposalStatus
DEBT_PROPOSAL_STATES = StateTable.of(
    "debt proposal",
    initial=S.PROPOSED,
    moves={S.PROPOSED: {S.CONFIRMED, S.DECLINED}, S.CONFIRMED: (), S.DECLINED: ()},
)
