"""Objects in PhonePe's shapes, with values of our own."""

from __future__ import annotations

from typing import Any

from config.kernel.ids import new_id

PAYMENT, CALL, ORDER = new_id("pay"), new_id("call"), new_id("ord")
OPENED_S = 1_795_262_400  # 2026-11-21 12:00 UTC
PAID_MS = OPENED_S * 1000 + 60_500


def attempt(state: str = "COMPLETED", **changes: Any) -> dict[str, Any]:
    """One attempt to pay."""
    failed = {"errorCode": "INVALID_MPIN", "detailedErrorCode": "ZM"} if state == "FAILED" else {}
    return {
        "transactionId": "OM2611211200000000000001",
        "paymentMode": "UPI_INTENT",
        "timestamp": PAID_MS,
        "amount": 50_000,
        "payableAmount": 50_000,
        "feeAmount": 0,
        "state": state,
        **failed,
        **changes,
    }


def order(state: str = "PENDING", *attempts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What `status` says of an order."""
    return {
        "orderId": "OMO2611211200000000000001",
        "state": state,
        "amount": 50_000,
        "expireAt": OPENED_S * 1000 + 1_200_000,
        "metaInfo": {"udf1": PAYMENT, "udf2": CALL, "udf3": ORDER, "udf4": str(OPENED_S)},
        "paymentDetails": list(attempts),
        **changes,
    }


def refund(state: str = "COMPLETED", **changes: Any) -> dict[str, Any]:
    """What `status` says of a refund."""
    return {
        "originalMerchantOrderId": PAYMENT,
        "refundId": "OMR2611211200000000000001",
        "amount": 20_000,
        "state": state,
        "timestamp": PAID_MS,
        "paymentDetails": [],
        **changes,
    }
