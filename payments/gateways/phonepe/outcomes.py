"""What became of a request that PhonePe answered with anything but a good object. Pure."""

from __future__ import annotations

from typing import Final

from config.calls.wire import Reply
from payments.gateways.contract import Outcome
from payments.gateways.failures import GatewayFailure, GatewayMisconfigured, GatewayUnreachable, QuestionRefused

LONGEST_DETAIL: Final = 500
# It took too long, or the same is being worked on: not finding it a moment later does not say that it was never made.
IN_WORK: Final = frozenset({408, 409})
# Only these say that there is no such object. A bare 404 may come of a wrong address, and must not pass for absence:
# what is absent is made again. Source: developer.phonepe.com, "Order Status" [doc]; for refunds there is none.
ABSENT: Final = frozenset(
    {
        "INVALID_MERCHANT_ORDER_ID",
        "INVALID_MERCHANT_REFUND_ID",
        "MERCHANT_REFUND_ID_NOT_FOUND",
        "REFUND_NOT_FOUND",
    }
)


def outcome_of(reply: Reply) -> tuple[Outcome, GatewayFailure]:
    """The outcome of a request that changes something and was not answered well, and why.

    DECLINED says no more than that this request was refused: an id that was used before is refused like a wrong amount,
    so that the caller asks what there is under it. Raises GatewayMisconfigured.
    """
    failure = failure_of(reply)
    if reply.status in (401, 403):
        raise misconfigured(reply)
    if reply.status == 429:
        return Outcome.NOT_EXECUTED, failure
    if 400 <= reply.status < 500 and reply.status not in IN_WORK:
        return Outcome.DECLINED, failure
    return Outcome.UNKNOWN, failure


def error_of_read(reply: Reply) -> Exception | None:
    """What a failed read raises; None where PhonePe says that there is no such object."""
    if reply.body.get("code") in ABSENT and 400 <= reply.status < 500:
        return None
    if reply.status in (401, 403):
        return misconfigured(reply)
    if reply.status != 429 and 400 <= reply.status < 500:
        return QuestionRefused(f"PhonePe refuses the question: {failure_of(reply).code}")
    return GatewayUnreachable(f"PhonePe gave no usable answer (HTTP {reply.status})")


def misconfigured(reply: Reply) -> GatewayMisconfigured:
    """The error that asks for a person."""
    return GatewayMisconfigured(f"PhonePe refuses our credentials or account: {failure_of(reply).code}")


def failure_of(reply: Reply) -> GatewayFailure:
    """PhonePe's code and message, or its status where it gives none."""
    code, message = reply.body.get("code"), reply.body.get("message")
    return GatewayFailure(
        code=code if isinstance(code, str) and code else f"http_{reply.status}",
        detail=message[:LONGEST_DETAIL] if isinstance(message, str) else "",
    )
