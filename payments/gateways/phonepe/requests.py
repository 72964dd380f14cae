"""The bodies of our requests to PhonePe. Pure."""

from __future__ import annotations

from typing import Any, Final

from payments.gateways.contract import NewPayment

# How long an order may be paid, in seconds. Source: developer.phonepe.com, "Create Payment", expireAfter [doc].
SHORTEST_S: Final = 300
LONGEST_S: Final = 3_600
USUAL_S: Final = 1_200

# Our ids travel in metaInfo and come back with every answer; udf1 to udf15 have 256 characters each.
PAYMENT_MARK: Final = "udf1"
CALL_MARK: Final = "udf2"
ORDER_MARK: Final = "udf3"
OPENED_MARK: Final = "udf4"  # epoch seconds: PhonePe tells of no order when it was made


def pay_body(new: NewPayment) -> dict[str, Any]:
    """An order on PhonePe's page, under the payment's own id: one payment is one order, so that it cannot be two."""
    marks = {PAYMENT_MARK: new.our_id, CALL_MARK: new.call_id, ORDER_MARK: new.order_id}
    if new.opened_at is not None:
        marks[OPENED_MARK] = str(int(new.opened_at.timestamp()))
    return {
        "merchantOrderId": new.our_id,
        "amount": new.amount.amount_minor,
        "expireAfter": life_s(new),
        "metaInfo": marks,
        "paymentFlow": {
            "type": "PG_CHECKOUT",
            "message": f"Order {new.order_id}",
            "merchantUrls": {"redirectUrl": new.success_url},
        },
        "disablePaymentRetry": False,
    }


def life_s(new: NewPayment) -> int:
    """How long it may be paid: until `expires_at`, brought within what PhonePe allows. Brought up to five minutes it
    outlives a shorter reservation, whose end waits for it."""
    if new.expires_at is None or new.opened_at is None:
        return USUAL_S
    return min(max(int((new.expires_at - new.opened_at).total_seconds()), SHORTEST_S), LONGEST_S)


def refund_id(*, our_id: str, call_id: str) -> str:
    """The merchantRefundId: the refund and the call that makes it, for each call is another refund at PhonePe, and the
    same call is the same one. At most 63 characters of letters, digits, `_` and `-` [doc]."""
    return f"{our_id}-{call_id}"


def ids_in(merchant_refund_id: str) -> tuple[str, str]:
    """(our refund's id, its call's id) in a merchantRefundId of ours; empty in any other."""
    our_id, dash, call_id = merchant_refund_id.partition("-")
    is_ours = dash and our_id.startswith("rf_") and call_id.startswith("call_")
    return (our_id, call_id) if is_ours else ("", "")
