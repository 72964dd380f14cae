"""Every documented reason has what to do about it, in words for us and for the payee."""

from __future__ import annotations

import pytest

from payments.sandbox.razorpay.x import outcomes
from payouts.rails.contract import Advice
from payouts.rails.razorpayx.reasons import ENDED, OTHERS, WAITS, reason_of, waits_for

# razorpay.com/docs/errors/x/payout-status-details, "Next Steps" of each reason of a failed or reversed payout.
RETRY = {
    "beneficiary_bank_failure", "beneficiary_bank_offline", "beneficiary_bank_technical_error",
    "beneficiary_psp_offline", "npci_beneficiary_timeout", "amount_limit_exhausted_neft", "gateway_down",
    "gateway_technical_error", "gateway_timeout", "server_error_temporary",
}  # fmt: skip
FIX = {"imps_not_allowed", "invalid_ifsc_code", "beneficiary_vpa_invalid", "insufficient_funds"}
FINAL = {
    "bank_account_closed", "bank_account_frozen", "bank_account_invalid", "beneficiary_account_dormant",
    "beneficiary_account_invalid", "beneficiary_bank_rejected", "invalid_beneficiary", "transaction_limit_exceeded",
}  # fmt: skip


class TestTable:
    def test_is_the_documented_one(self) -> None:
        assert {advice: {code for code, each in ENDED.items() if each.advice is advice} for advice in Advice} == {
            Advice.RETRY: RETRY,
            Advice.FIX: FIX,
            Advice.FINAL: FINAL,
            Advice.ASK: {"server_error"},
        }

    def test_is_that_of_the_sandbox(self) -> None:
        assert set(ENDED) == set(outcomes.ENDED)
        assert set(WAITS) == {*outcomes.PROCESSING, *outcomes.QUEUED, "pending_approval"}

    @pytest.mark.parametrize("code", [*ENDED, *OTHERS, "never heard of"])
    def test_says_something_to_both(self, code: str) -> None:
        reason = reason_of(code)
        assert len(reason.operator) > 10
        assert reason.payee[0].isupper()
        assert reason.payee.endswith(".")
        assert "_" not in reason.operator + reason.payee
        assert "Razorpay" not in reason.payee

    def test_one_that_is_final_asks_for_another_account(self) -> None:
        assert all("another account" in ENDED[code].payee for code in FINAL)


class TestReasonOf:
    def test_one_that_nobody_listed_is_asked_about(self) -> None:
        assert reason_of("brand_new").advice is Advice.ASK
        assert reason_of("").advice is Advice.ASK


class TestWaitsFor:
    def test_says_it_in_words(self) -> None:
        assert waits_for("low_balance") == "our RazorpayX account has too little: fund it"
        assert waits_for("brand_new_thing") == "brand new thing"
        assert waits_for("") == ""
