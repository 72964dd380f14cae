"""Orders of the control endpoint that no other test gives."""

from __future__ import annotations

import pytest

from payments.sandbox.testing import Control, ControlFailed


class TestOrders:
    @pytest.mark.parametrize(
        "path",
        [
            "stripe/payment_intents/pi_none/confirm",
            "stripe/payment_intents/pi_none/explode",
            "stripe/nothing",
            "stripe/payment_intents",
        ],
    )
    def test_unknown_ones_are_refused(self, control: Control, path: str) -> None:
        with pytest.raises(ControlFailed):
            control.post(path)

    def test_verbs_want_post(self, control: Control) -> None:
        with pytest.raises(ControlFailed, match="404"):
            control.get("stripe/payment_intents/pi_none/confirm")
        with pytest.raises(ControlFailed, match="404"):
            control.get("stripe/settle")

    def test_the_default_endpoint_can_be_seen(self, control: Control, secret: str) -> None:
        assert control.get("stripe/webhook")["secrets"] == [secret]
