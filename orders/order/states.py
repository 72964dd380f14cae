"""The life of an order. It is derived from payment sums and fulfilments, never chosen."""

from django.db import models

from config.kernel.states import StateTable


class OrderStatus(models.TextChoices):
    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"


class PaymentStatus(models.TextChoices):
    """Computed by the database from the order's sums: the first that fits."""

    UNPAID = "unpaid"
    PROCESSING = "processing"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"
    DISPUTED = "disputed"


S = OrderStatus
ORDER_STATES = StateTable.of(
    "order",
    initial=S.PENDING_PAYMENT,
    moves={
        S.PENDING_PAYMENT: {S.PAID, S.EXPIRED, S.CANCELLED},
        S.PAID: {S.DELIVERED, S.CANCELLED, S.REFUNDED},
        S.DELIVERED: {S.COMPLETED, S.REFUNDED},
        S.COMPLETED: {S.REFUNDED},
        S.CANCELLED: (),
        S.EXPIRED: (),
        # Its money came back: a refund that had arrived is void, or a dispute that was lost is won after all.
        S.REFUNDED: {S.PAID, S.DELIVERED, S.COMPLETED},
    },
)
