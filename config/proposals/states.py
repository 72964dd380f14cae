"""The life of what one person proposes and another decides."""

from django.db import models

from config.kernel.states import StateTable


class ProposalStatus(models.TextChoices):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


S = ProposalStatus
PROPOSAL_STATES = StateTable.of(
    "proposal",
    initial=S.PROPOSED,
    moves={S.PROPOSED: {S.CONFIRMED, S.DECLINED}, S.CONFIRMED: (), S.DECLINED: ()},
)
