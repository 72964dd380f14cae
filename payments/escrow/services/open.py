"""Opens a hold per fulfilment, in the commit of the capture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from payments.charges.models import Payment
from payments.escrow import rules
from payments.escrow.models import EscrowHold


def open_holds(*, order: Order, payment: Payment, fulfilments: Sequence[Fulfilment], at: datetime) -> list[EscrowHold]:
    """One hold per fulfilment over its whole amount. Uniqueness per fulfilment makes a second opening impossible."""
    must_leave_by = rules.must_leave_by(opened_at=at, hold_limit_days=payment.gateway_account.hold_limit_days)
    return EscrowHold.objects.bulk_create(
        EscrowHold(
            fulfilment=fulfilment,
            payment=payment,
            payee_id=fulfilment.seller_id,
            owner=fulfilment.seller.public_id,
            currency=order.currency,
            amount_minor=fulfilment.amount_minor,
            remaining_minor=fulfilment.amount_minor,
            opened_at=at,
            must_leave_by=must_leave_by,
        )
        for fulfilment in fulfilments
    )
