"""Which addresses may be a gateway's in production, and what the credentials show of themselves."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from config.settings.gateways import GatewayCredentials, is_public
from config.settings.tests.starting import problems, start


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


class TestRules:
    def test_are_read_of_json(self) -> None:
        rules = '[{"gateways": ["stripe"], "currencies": ["USD"], "methods": ["card"], "at_least_minor": 5}]'
        done = start(GATEWAY_RULES=rules, code="print(s.GATEWAY_RULES[0])")
        assert "currencies=('USD',), methods=('card',), sellers=(), at_least_minor=5, at_most_minor=None" in done.stdout

    @pytest.mark.parametrize(
        "rules",
        [
            "stripe",
            "{}",
            "[[]]",
            '[{"gateways": []}]',
            '[{"gateways": "stripe"}]',
            '[{"gateways": ["nobody"]}]',
            '[{"gateways": ["stripe"], "currency": ["USD"]}]',
            '[{"gateways": ["stripe"], "at_least_minor": 1.5}]',
            '[{"gateways": ["stripe"], "at_most_minor": -1}]',
            '[{"gateways": ["stripe"], "methods": [1]}]',
        ],
    )
    def test_that_make_no_sense_stop_the_start(self, rules: str) -> None:
        (problem,) = problems(start(GATEWAY_RULES=rules))
        assert problem.startswith("GATEWAY_RULES is not a JSON list of rules")
