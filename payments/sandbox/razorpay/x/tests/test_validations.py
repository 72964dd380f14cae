"""Validations: what the bank says of an account."""

from __future__ import annotations

from typing import Any

import pytest

from payments.sandbox.razorpay.x.tests.conftest import NUMBER, Banking


def validate(x: Banking, fund_account_id: str, **fields: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "account_number": NUMBER,
        "fund_account": {"id": fund_account_id},
        "amount": 100,
        "currency": "INR",
    }
    return x.post("fund_accounts/validations", **given | fields)


class TestCreate:
    def test_the_bank_answers_a_moment_later(self, x: Banking) -> None:
        made = validate(x, x.fund_account(), notes={"destination": "dst_1"})
        assert (made["status"], made["results"]["account_status"]) == ("created", None)
        seen = x.get(f"fund_accounts/validations/{made['id']}")
        assert (seen["status"], seen["results"]["account_status"]) == ("completed", "active")
        assert seen["results"]["registered_name"] == "A Person"
        assert x.get("fund_accounts/validations", account_number=NUMBER)["items"] == [seen]
        (event,) = x.events("fund_account.validation.completed")
        assert event["payload"]["fund_account.validation"]["entity"] == seen

    @pytest.mark.parametrize(
        ("number", "status", "account"),
        [("99981000000", "completed", "invalid"), ("99982000000", "failed", ""), ("99983000000", "created", None)],
    )
    def test_test_values_of_accounts(self, x: Banking, number: str, status: str, account: str | None) -> None:
        made = validate(x, x.fund_account(number))
        seen = x.get(f"fund_accounts/validations/{made['id']}")
        assert (seen["status"], seen["results"]["account_status"]) == (status, account)

    def test_test_values_of_addresses(self, x: Banking) -> None:
        made = validate(x, x.vpa("invalid@sandbox"), amount=None)
        assert x.get(f"fund_accounts/validations/{made['id']}")["results"]["account_status"] == "invalid"

    def test_what_waits_is_decided_by_order_and_once(self, x: Banking) -> None:
        made = validate(x, x.fund_account("99983000000"))
        assert x.bench.control(f"validations/{made['id']}/decide", verdict="failed")["object"]["status"] == "failed"
        assert x.bench.control(f"validations/{made['id']}/decide")["error"]
        assert [each["event"] for each in x.events("fund_account.validation.failed")] == [
            "fund_account.validation.failed"
        ]

    def test_accounts_that_cannot_are_told(self, x: Banking) -> None:
        x.bench.control("rules", validates=False)
        assert validate(x, x.fund_account())["error"]["reason"] == "feature_not_enabled"
        assert x.get("fund_accounts/validations", account_number=NUMBER)["count"] == 0

    def test_less_than_a_rupee_and_another_account_are_refused(self, x: Banking) -> None:
        assert validate(x, x.fund_account(), amount=99)["error"]["field"] == "amount"
        assert validate(x, x.fund_account(), account_number="1")["error"]["field"] == "account_number"
        assert "does not exist" in validate(x, "fa_None")["error"]["description"]
