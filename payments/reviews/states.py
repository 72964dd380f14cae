"""The life of a review."""

from django.db import models

from config.kernel.states import StateTable


class ReviewStatus(models.TextChoices):
    OPEN = "open"
    CLOSED = "closed"


class ReviewKind(models.TextChoices):
    REVIEW = "review", "review"
    EARLY_FRAUD_WARNING = "early_fraud_warning", "early fraud warning"


REVIEW_STATES = StateTable.of(
    "review",
    initial=ReviewStatus.OPEN,
    moves={ReviewStatus.OPEN: {ReviewStatus.CLOSED}, ReviewStatus.CLOSED: ()},
)
