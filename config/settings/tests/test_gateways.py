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


PHONEPE = {
    "PHONEPE_CLIENT_ID": "M_SOUND",
    "PHONEPE_CLIENT_SECRET": "sound-phonepe-secret",
    "PHONEPE_WEBHOOK_USERNAME": "hookuser",
    "PHONEPE_WEBHOOK_PASSWORD": "newer-pass,older-pass",
}


class TestPhonePe:
    def test_is_there_with_its_credentials(self) -> None:
        code = "a = s.GATEWAY_ACCOUNTS['phonepe']; print(a.api_base, a.livemode, a.client_version, a.webhook_secrets)"
        done = start(PHONEPE, code=code)
        assert done.stdout.strip() == (
            "https://api.phonepe.com/apis/pg True 1 ('hookuser:newer-pass', 'hookuser:older-pass')"
        )
        assert "sound-phonepe-secret" not in start(PHONEPE, code="print(s.GATEWAY_ACCOUNTS)").stdout

    def test_the_test_environment_is_not_live(self) -> None:
        base = "https://api-preprod.phonepe.com/apis/pg-sandbox"
        code = "print(s.GATEWAY_ACCOUNTS['phonepe'].livemode)"
        assert start(PHONEPE, code=code, PHONEPE_API_BASE=base).stdout.strip() == "False"

    def test_without_anything_there_is_none(self) -> None:
        assert start(code="print(sorted(s.GATEWAY_ACCOUNTS))").stdout.strip() == "['stripe']"

    @pytest.mark.parametrize(
        ("without", "changes", "problem"),
        [
            ("PHONEPE_CLIENT_SECRET", {}, "PhonePe needs both"),
            ("PHONEPE_CLIENT_ID", {}, "PhonePe needs both"),
            ("PHONEPE_WEBHOOK_USERNAME", {}, "go together"),
            ("PHONEPE_WEBHOOK_PASSWORD", {}, "go together"),
            ("", {"PHONEPE_CLIENT_SECRET": "short"}, "PHONEPE_CLIENT_SECRET is too weak"),
            ("", {"PHONEPE_WEBHOOK_PASSWORD": "newer-pass,short"}, "PHONEPE_WEBHOOK_PASSWORD is too weak"),
            ("", {"PHONEPE_API_BASE": "http://127.0.0.1:8010/phonepe/apis/pg-sandbox"}, "the sandbox is refused"),
            ("", {"PHONEPE_API_BASE": "https://api.phonepe.com/apis/hermes"}, "PHONEPE_API_BASE ends neither"),
            ("", {"PHONEPE_CLIENT_VERSION": "one"}, "PHONEPE_CLIENT_VERSION is not a whole number"),
        ],
    )
    def test_what_is_missing_or_weak_is_named(self, without: str, changes: dict[str, str], problem: str) -> None:
        given = {name: value for name, value in {**PHONEPE, **changes}.items() if name != without}
        assert [found for found in problems(start(given)) if problem in found]
