"""The account's rules, as the control endpoint changes them."""

from __future__ import annotations

import pytest

from payments.sandbox.testing import Control, ControlFailed, Sandbox, running_sandbox


class TestRules:
    def test_are_changed_one_by_one_and_stay_over_a_restart(self, control: Control) -> None:
        with running_sandbox(SANDBOX_STRIPE_FEE_BPS="150") as sandbox:
            assert sandbox.control.get("stripe/rules")["fee_bps"] == 150
            sandbox.control.stripe("rules", fee_fixed_minor=5)
            sandbox.control.stripe("rules", rates={"isk": "0.007"})
            sandbox.restart()
            rules = sandbox.control.get("stripe/rules")
            assert (rules["fee_bps"], rules["fee_fixed_minor"], rules["rates"]) == (150, 5, {"isk": "0.007"})

    @pytest.mark.parametrize("change", [{"colour": "red"}, {"refund_status": "perhaps"}])
    def test_refuse_what_does_not_exist(self, control: Control, sandbox: Sandbox, change: dict[str, str]) -> None:
        before = control.get("stripe/rules")
        with pytest.raises(ControlFailed):
            control.post("stripe/rules", **change)
        assert control.get("stripe/rules") == before

    def test_a_reset_takes_them_back(self, control: Control) -> None:
        control.stripe("rules", fee_bps=1)
        control.reset()
        assert control.get("stripe/rules")["fee_bps"] == 290
