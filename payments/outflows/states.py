"""The life of money that left a gateway unexplained."""

from django.db import models

from config.kernel.states import StateTable


class OutflowStatus(models.TextChoices):
    OPEN = "open"
    RETURNED = "returned"


OUTFLOW_STATES = StateTable.of(
    "outflow",
    initial=OutflowStatus.OPEN,
    moves={OutflowStatus.OPEN: {OutflowStatus.RETURNED}, OutflowStatus.RETURNED: ()},
)
