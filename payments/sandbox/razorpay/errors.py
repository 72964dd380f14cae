"""Razorpay's errors: `{"error": {code, description, source, step, reason, metadata, field}}` with their HTTP status."""

from __future__ import annotations

from typing import Any


class RazorpayError(Exception):
    """A refusal. `field` is left out where it names none, as Razorpay does."""

    def __init__(
        self,
        description: str,
        *,
        status: int = 400,
        code: str = "BAD_REQUEST_ERROR",
        field: str = "",
        reason: str = "input_validation_failed",
        source: str = "business",
        step: str | None = "payment_initiation",
        metadata: dict[str, str] | None = None,
    ) -> None:
        super().__init__(description)
        self.status = status
        self.error: dict[str, Any] = {
            "code": code,
            "description": description,
            "source": source,
            "step": step,
            "reason": reason,
            "metadata": metadata or {},
        }
        if field:
            self.error["field"] = field

    @property
    def body(self) -> dict[str, Any]:
        """The answer as it goes back."""
        return {"error": self.error}


def invalid(description: str, *, field: str = "") -> RazorpayError:
    """400: the request makes no sense."""
    return RazorpayError(description, field=field)


def no_such_id() -> RazorpayError:
    """400, not 404: how Razorpay says that there is no such object."""
    return RazorpayError("The id provided does not exist")


def bad_key() -> RazorpayError:
    """401: this key id, or its secret, opens nothing."""
    return RazorpayError("Authentication failed", status=401, source="NA", step="NA", reason="NA")


def bad_address() -> RazorpayError:
    """401: the request came from an address that is not on the account's list."""
    return RazorpayError("Access Denied: the IP is not allowlisted", status=401, source="NA", step="NA", reason="NA")


def no_such_url() -> RazorpayError:
    """404: no API at this path."""
    return RazorpayError(
        "The requested URL was not found on the server.", status=404, source="NA", step="NA", reason="NA"
    )


def other_request(description: str) -> RazorpayError:
    """409: the key of a refund was used for another request, or its first one is still being worked on."""
    return RazorpayError(description, status=409, source="NA", step="NA", reason="NA")


def of_status(status: int) -> RazorpayError:
    """What Razorpay would say with this status, for faults that were ordered."""
    if status == 429:
        return RazorpayError("Request failed. Please try after sometime.", status=429, reason="rate_limit_exceeded")
    if status in (502, 504):
        return RazorpayError("Gateway is not responding.", status=status, code="GATEWAY_ERROR", reason="gateway_error")
    if status >= 500:
        text = "We are facing some trouble completing your request at the moment. Please try again shortly."
        return RazorpayError(text, status=status, code="SERVER_ERROR", reason="server_error", source="internal")
    return RazorpayError("The request was refused. This was ordered.", status=status)
