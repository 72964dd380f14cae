"""Holds as rows alone, for tests of what is read of them and of what the database refuses."""

from __future__ import annotations

from typing import Any

from payments.escrow.models import EscrowHold
from payments.tests.walking import AT, a_payment

__all__ = ["AT", "a_hold"]


def a_hold(**columns: Any) -> EscrowHold:
    """A hold of 10,000 over a new order's part, without any ledger behind it."""
    payment = columns.pop("payment", None) or a_payment()
    fulfilment = columns.pop("fulfilment", None) or payment.order.fulfilments.get()
    given = {"currency": "USD", "amount_minor": 10_000, "remaining_minor": 10_000, "opened_at": AT, "must_leave_by": AT}
    return EscrowHold.objects.create(
        payment=payment,
        fulfilment=fulfilment,
        payee=fulfilment.seller,
        owner=fulfilment.seller.public_id,
        **{**given, **columns},
    )
