"""Payments over the API: read, listed, captured, their notes changed."""

from __future__ import annotations

from typing import Any

from payments.sandbox.razorpay import paying
from payments.sandbox.razorpay.call import Call
from payments.sandbox.razorpay.lists import PAGING, page

KIND = paying.KIND


def retrieve(call: Call, payment_id: str) -> dict[str, Any]:
    """GET /payments/{id}; a card is always shown, expanded or not."""
    call.params.only("expand", "expand[]")
    return call.load(KIND, payment_id).body


def list_payments(call: Call) -> dict[str, Any]:
    """GET /payments."""
    call.params.only(*PAGING)
    return page(call, kind=KIND)


def capture(call: Call, payment_id: str) -> dict[str, Any]:
    """POST /payments/{id}/capture."""
    call.params.only("amount", "currency")
    amount, currency = call.params.needed_whole("amount"), call.params.needed_text("currency")
    payment = call.load(KIND, payment_id)
    paying.capture(call, payment, amount=amount, currency=currency)
    return payment.body


def edit(call: Call, payment_id: str) -> dict[str, Any]:
    """PATCH /payments/{id}: the notes alone."""
    call.params.only("notes")
    payment = call.load(KIND, payment_id)
    payment.body["notes"] = call.params.notes()
    call.save(payment)
    return payment.body
