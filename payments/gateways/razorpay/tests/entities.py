"""Razorpay's entities with values of ours, to be changed by keyword."""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]
MADE = 1_790_000_000


def order(**changes: Any) -> JSON:
    notes = {"payment": "pay_ours", "call": "call_ours", "order": "ord_ours"}
    return {
        "id": "order_One", "entity": "order", "amount": 50_000, "amount_paid": 0, "amount_due": 50_000,
        "currency": "INR", "receipt": "pay_ours", "offer_id": None, "status": "created", "attempts": 0, "notes": notes,
        "created_at": MADE,
    } | changes  # fmt: skip


def payment(status: str = "captured", **changes: Any) -> JSON:
    captured = status == "captured"
    return {
        "id": "pay_One", "entity": "payment", "amount": 50_000, "currency": "INR", "base_amount": 50_000,
        "status": status, "order_id": "order_One", "method": "card", "amount_refunded": 0, "refund_status": None,
        "captured": captured, "card": {"network": "Visa", "last4": "1007"}, "bank": None, "wallet": None, "notes": [],
        "fee": 1_180 if captured else None, "tax": 180 if captured else None, "error_code": None,
        "error_description": None, "error_reason": None, "created_at": MADE,
    } | changes  # fmt: skip


def failed(**changes: Any) -> JSON:
    error = {"error_code": "BAD_REQUEST_ERROR", "error_description": "No.", "error_reason": "card_declined"}
    return payment("failed", **error) | changes


def refund(**changes: Any) -> JSON:
    return {
        "id": "rfnd_One", "entity": "refund", "amount": 20_000, "currency": "INR", "payment_id": "pay_One",
        "notes": {"refund": "rf_ours", "call": "call_refund"}, "receipt": "rf_ours", "acquirer_data": {"arn": "arn1"},
        "created_at": MADE + 60, "batch_id": None, "status": "processed", "speed_processed": "normal",
        "speed_requested": "normal",
    } | changes  # fmt: skip


def page(*items: JSON) -> JSON:
    return {"entity": "collection", "count": len(items), "items": list(items)}
