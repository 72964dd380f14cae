"""Which addresses may be a gateway's in production, and what the credentials show of themselves."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from config.settings.gateways import GatewayCredentials, is_public


class TestIsPublic:
    @pytest.mark.parametrize(
        "url",
        ["https://api.stripe.com", "https://api.stripe.com/", "https://api.phonepe.com/apis/pg", "https://a.b.co:443"],
    )
    def test_a_gateway(self, url: str) -> None:
        assert is_public(url)

    @pytest.mark.parametrize(
        "url",
        [
            "http://api.stripe.com", "https://localhost:8010/stripe", "https://127.0.0.1/stripe", "https://127.0.0.2",
            "https://[::1]/stripe", "https://[::1", "https://0.0.0.0", "https://10.0.0.5", "https://192.168.1.5:8010",
            "https://2130706433", "https://0x7f.1", "https://sandbox", "https://sandbox.localhost", "https://pay.local",
            "https://sandbox.internal", "https://localhost.", "https://", "", "stripe", "ftp://api.stripe.com",
            "https://api.stripe.com@127.0.0.1/",
        ],
    )  # fmt: skip
    def test_what_may_be_the_sandbox(self, url: str) -> None:
        assert not is_public(url)


class TestGatewayCredentials:
    def test_keep_their_secrets_to_themselves(self) -> None:
        account = GatewayCredentials(
            code="stripe", gateway="stripe", api_base="https://api.stripe.com", livemode=True,
            secret_key="sk_live_of_nobody", webhook_secrets=("whsec_of_nobody",),
        )  # fmt: skip
        assert "of_nobody" not in repr(account) + str(account) + f"{account!r:>10}"
        with pytest.raises(FrozenInstanceError):
            account.secret_key = "another"
