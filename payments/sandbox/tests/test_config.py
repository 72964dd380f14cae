"""The environment, read."""

from __future__ import annotations

from pathlib import Path

import pytest

from payments.sandbox.config import SandboxMisconfigured, from_environment


class TestFromEnvironment:
    def test_needs_nothing(self) -> None:
        config = from_environment(environ={})
        assert config.state == Path(".local/sandbox.sqlite3")
        assert config.webhook_url == "http://127.0.0.1:8000/webhooks/stripe/"
        assert config.webhook_secrets == ()
        assert (config.fee_bps, config.fee_fixed_minor, config.late_fee_s) == (290, 30, 2.0)
        assert config.settlement_currencies == ("usd", "inr", "eur", "gbp")
        assert config.retry_after_s[0] == 2.0

    def test_delivers_to_the_application_s_door(self) -> None:
        config = from_environment(environ={"PUBLIC_URL": "https://shop.test/"})
        assert config.webhook_url == "https://shop.test/webhooks/stripe/"
        config = from_environment(
            environ={"PUBLIC_URL": "https://shop.test", "SANDBOX_STRIPE_WEBHOOK_URL": "http://10.0.0.1/hook"}
        )
        assert config.webhook_url == "http://10.0.0.1/hook"
        assert from_environment(environ={"SANDBOX_STRIPE_WEBHOOK_URL": "none"}).webhook_url == ""

    def test_takes_several_secrets_and_a_file(self, tmp_path: Path) -> None:
        config = from_environment(environ={"STRIPE_WEBHOOK_SECRET": "whsec_a, whsec_b,"})
        assert config.webhook_secrets == ("whsec_a", "whsec_b")
        secret = tmp_path / "secret"
        secret.write_text("whsec_c\n")
        config = from_environment(environ={"STRIPE_WEBHOOK_SECRET_FILE": str(secret)})
        assert config.webhook_secrets == ("whsec_c",)

    def test_late_fees_may_be_left_to_orders(self) -> None:
        assert from_environment(environ={"SANDBOX_STRIPE_LATE_FEE_S": "manual"}).late_fee_s is None

    @pytest.mark.parametrize(
        "environ",
        [
            {"SANDBOX_STRIPE_FEE_BPS": "three"},
            {"SANDBOX_STRIPE_FEE_BPS": "-1"},
            {"SANDBOX_WEBHOOK_RETRY_S": "1,soon"},
            {"SANDBOX_STRIPE_LATE_FEE_S": "later"},
            {"STRIPE_WEBHOOK_SECRET_FILE": "/nowhere/secret"},
        ],
    )
    def test_says_which_variable_cannot_be_read(self, environ: dict[str, str]) -> None:
        with pytest.raises(SandboxMisconfigured, match=next(iter(environ))):
            from_environment(environ=environ)


class TestPhonePe:
    def test_lets_nobody_in_and_tells_nobody_without_credentials(self) -> None:
        config = from_environment(environ={}).phonepe
        assert (config.client_id, config.client_secret, config.webhook_password) == ("", "", "")
        assert (config.webhook_url, config.refund_after_s) == ("http://127.0.0.1:8000/webhooks/phonepe/", 2.0)

    def test_takes_the_applications_own_variables(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("of a file\n")
        environ = {
            "PHONEPE_CLIENT_ID": "M1",
            "PHONEPE_CLIENT_SECRET_FILE": str(secret),
            "PHONEPE_WEBHOOK_PASSWORD": "newer-pass1, older-pass1",
            "SANDBOX_PHONEPE_WEBHOOK_URL": "none",
            "SANDBOX_PHONEPE_REFUND_AFTER_S": "manual",
        }
        config = from_environment(environ=environ).phonepe
        assert (config.client_id, config.client_secret, config.webhook_password) == ("M1", "of a file", "newer-pass1")
        assert (config.webhook_url, config.refund_after_s) == ("", None)
        gone = from_environment(environ={"PHONEPE_CLIENT_SECRET_FILE": str(tmp_path / "none")}).phonepe
        assert gone.client_secret == ""

    def test_names_a_number_that_is_none(self) -> None:
        with pytest.raises(SandboxMisconfigured, match="SANDBOX_PHONEPE_TOKEN_LIFE_S"):
            from_environment(environ={"SANDBOX_PHONEPE_TOKEN_LIFE_S": "soon"})
