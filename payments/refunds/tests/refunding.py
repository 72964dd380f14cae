"""Refunds as rows alone, for tests of what is shown of them and of what the database refuses."""

from __future__ import annotations

from itertools import count
from typing import Any

from payments.charges.models import Payment
from payments.refunds.models import Refund
from payments.tests.walking import a_payment

_numbers = count(1)


def a_refund(payment: Payment | None = None, **columns: Any) -> Refund:
    """A refund of 4,000 that support asked for, without any ledger behind it."""
    payment = payment or a_payment()
    given = {
        "amount_minor": 4_000, "currency": "USD", "cause": "requested", "cause_key": f"row {next(_numbers)}",
        "requested_by": "user:support",
    }  # fmt: skip
    return Refund.objects.create(payment=payment, gateway_account=payment.gateway_account, **{**given, **columns})
