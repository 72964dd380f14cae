"""PhonePe's errors: `{"code": …, "message": …}` with an HTTP status."""

from __future__ import annotations

from typing import Any

from payments.sandbox.gateways import Refused


class PhonePeError(Refused):
    """An error in its words."""

    def __init__(self, *, status: int, code: str, message: str) -> None:
        super().__init__(status=status, body={"code": code, "message": message})


def bad_request() -> PhonePeError:
    """400 for whatever is wrong with a request, and for a merchantOrderId that was used before: it does not say why."""
    return PhonePeError(status=400, code="BAD_REQUEST", message="Please check the inputs you have provided.")


def unknown_order() -> PhonePeError:
    """No order has this merchantOrderId. (The status code is not documented.)"""
    return PhonePeError(
        status=400, code="INVALID_MERCHANT_ORDER_ID", message="No entry found for given merchant order id"
    )


def unknown_refund() -> PhonePeError:
    """No refund has this merchantRefundId. (Neither code nor status are documented.)"""
    return PhonePeError(
        status=400, code="INVALID_MERCHANT_REFUND_ID", message="No entry found for given merchant refund id"
    )


def unauthorized() -> PhonePeError:
    """401: wrong credentials, or a token that is not or no longer valid. (The code is not documented.)"""
    return PhonePeError(status=401, code="AUTHORIZATION_FAILED", message="Authorization failed")


def no_such_path() -> PhonePeError:
    """404: the sandbox has no such path."""
    return PhonePeError(status=404, code="NOT_FOUND", message="The sandbox serves a part of the API only.")


def ordered(*, status: int, error: dict[str, Any]) -> PhonePeError:
    """The error that the control endpoint ordered, in PhonePe's words unless the order has its own."""
    usual = {
        429: ("TOO_MANY_REQUESTS", "Too many requests."),
        401: ("AUTHORIZATION_FAILED", "Authorization failed"),
    }
    broken = (
        "INTERNAL_SERVER_ERROR",
        "There is an error trying to process your transaction at the moment. Please try again in a while.",
    )
    code, message = usual.get(status, broken if status >= 500 else ("BAD_REQUEST", str(bad_request())))
    return PhonePeError(status=status, code=str(error.get("code", code)), message=str(error.get("message", message)))
