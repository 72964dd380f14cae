"""Errors, as they are written on the wire."""

from __future__ import annotations

import pytest

from payments.sandbox.stripe import errors
from payments.sandbox.stripe.errors import StripeError


class TestBody:
    def test_leaves_out_what_it_has_not(self) -> None:
        body = errors.invalid("No.", param="amount").body(request_id="req_1")
        assert body == {
            "error": {
                "message": "No.",
                "param": "amount",
                "request_log_url": "https://dashboard.stripe.com/test/logs/req_1",
                "type": "invalid_request_error",
            }
        }

    def test_a_code_has_its_page(self) -> None:
        error = errors.missing_parameter("amount").body(request_id="req_1")["error"]
        assert (error["code"], error["doc_url"]) == (
            "parameter_missing",
            "https://stripe.com/docs/error-codes/parameter-missing",
        )


class TestKinds:
    @pytest.mark.parametrize(
        ("error", "status", "type", "executed"),
        [
            (errors.invalid("x"), 400, "invalid_request_error", False),
            (errors.unknown_parameter("x"), 400, "invalid_request_error", False),
            (errors.resource_missing(kind="charge", object_id="ch_1"), 404, "invalid_request_error", False),
            (
                errors.resource_missing(kind="charge", object_id="ch_1", in_path=False),
                400,
                "invalid_request_error",
                False,
            ),
            (errors.wrong_state("x", code="c"), 400, "invalid_request_error", True),
            (errors.card_error("x", code="card_declined", decline_code=None), 402, "card_error", True),
            (errors.invalid_key(""), 401, "invalid_request_error", False),
            (errors.publishable_key_refused(), 403, "invalid_request_error", False),
            (errors.unrecognized_url(method="GET", path="/v1/x"), 404, "invalid_request_error", False),
            (errors.key_in_use("k"), 409, "idempotency_error", False),
            (
                errors.key_reused(key="k", same_endpoint=True, endpoint="a", first="a"),
                400,
                "idempotency_error",
                False,
            ),
        ],
    )
    def test_have_their_status_and_are_kept_only_when_the_work_began(
        self, error: StripeError, status: int, type: str, executed: bool
    ) -> None:
        assert (error.status, error.executed) == (status, executed)
        assert error.body(request_id="req_1")["error"]["type"] == type

    def test_a_wrong_key_is_never_shown_whole(self) -> None:
        key = "sk_live_0123456789abcdef"
        assert key not in str(errors.invalid_key(key))
        assert "cdef" in str(errors.invalid_key(key))
        assert "short" not in str(errors.invalid_key("short"))
