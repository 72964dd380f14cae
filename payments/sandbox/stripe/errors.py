"""Stripe's errors: types, codes, statuses and JSON shape."""

from __future__ import annotations

from typing import Any


class StripeError(Exception):
    """An error answer.

    `executed` says that the endpoint began its work: only then is the answer kept under the idempotency key, and what
    was written until then is committed (a declined card leaves a failed charge). A parameter that fails validation
    or an object that is not there is neither. Source: docs.stripe.com/api/idempotent_requests.
    """

    def __init__(
        self,
        *,
        status: int,
        type: str,
        message: str,
        code: str | None = None,
        param: str | None = None,
        executed: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.executed = executed
        self._fields: dict[str, Any] = {"code": code, "message": message, "param": param, "type": type, **more}

    def body(self, *, request_id: str) -> dict[str, Any]:
        """The JSON answer; fields without a value are left out, as Stripe leaves them out."""
        error = {name: value for name, value in self._fields.items() if value is not None}
        if "code" in error:
            error["doc_url"] = "https://stripe.com/docs/error-codes/" + str(error["code"]).replace("_", "-")
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": dict(sorted(error.items()))}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> StripeError:
    """400: a parameter fails validation; nothing was executed."""
    return StripeError(status=400, type="invalid_request_error", message=message, param=param, code=code)


def missing_parameter(param: str) -> StripeError:
    """400: a required parameter is not there."""
    return invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")


def unknown_parameter(param: str) -> StripeError:
    """400: the endpoint has no such parameter."""
    return invalid(f"Received unknown parameter: {param}", param=param, code="parameter_unknown")


def resource_missing(*, kind: str, object_id: str, param: str = "id", in_path: bool = True) -> StripeError:
    """404 for the object of the path; 400 for one that a parameter names (both recorded)."""
    return StripeError(
        status=404 if in_path else 400,
        type="invalid_request_error",
        code="resource_missing",
        message=f"No such {kind}: '{object_id}'",
        param=param,
    )


def wrong_state(message: str, *, code: str, **more: Any) -> StripeError:
    """400: the object is not in a state for this; the endpoint had begun."""
    return StripeError(status=400, type="invalid_request_error", message=message, code=code, executed=True, **more)


def card_error(message: str, *, code: str, decline_code: str | None, **more: Any) -> StripeError:
    """402: the payment was tried and refused."""
    return StripeError(
        status=402, type="card_error", message=message, code=code, decline_code=decline_code, executed=True, **more
    )


def invalid_key(key: str) -> StripeError:
    """401: no key, or one that the sandbox does not take (anything but `sk_test_…`, `rk_test_…`, `pk_test_…`)."""
    if not key:
        return StripeError(
            status=401,
            type="invalid_request_error",
            message="You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        )
    shown = key[:8] + "*" * max(0, len(key) - 12) + key[-4:] if len(key) > 12 else "*" * len(key)
    return StripeError(status=401, type="invalid_request_error", message=f"Invalid API Key provided: {shown}")


def publishable_key_refused() -> StripeError:
    """403: the call needs a secret key."""
    return StripeError(
        status=403,
        type="invalid_request_error",
        code="secret_key_required",
        message="This API call cannot be made with a publishable API key. Please use a secret API key.",
    )


def unrecognized_url(*, method: str, path: str) -> StripeError:
    """404: there is no such path."""
    return StripeError(
        status=404,
        type="invalid_request_error",
        message=f"Unrecognized request URL ({method}: {path}). The sandbox serves a part of the API only.",
    )


def key_in_use(key: str) -> StripeError:
    """409: a request with this key is being executed."""
    return StripeError(
        status=409,
        type="idempotency_error",
        code="idempotency_key_in_use",
        message=f"There is currently another in-progress request using this Idempotent Key '{key}'. "
        "Please try again later.",
    )


def key_reused(*, key: str, same_endpoint: bool, endpoint: str, first: str) -> StripeError:
    """400: the key was used for another request."""
    if not same_endpoint:
        message = (
            "Keys for idempotent requests can only be used for the same endpoint they were first used for "
            f"('{endpoint}' vs '{first}'). Try using a key other than '{key}' if you meant to execute a different "
            "request."
        )
    else:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request."
        )
    return StripeError(status=400, type="idempotency_error", message=message)
