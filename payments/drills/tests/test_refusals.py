"""Before anything is touched: no live money, no gateway that is none of ours to break."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings

from config.settings.gateways import GatewayCredentials
from config.tests.ports import free_port
from payments.drills.refusals import DrillRefused, check_webhooks, target
from payments.sandbox.receiver import receiving_webhooks
from payments.sandbox.testing import Sandbox


def accounts(api_base: str, *, livemode: bool = False) -> dict[str, Any]:
    """Stripe alone."""
    account = GatewayCredentials(
        code="stripe", gateway="stripe", api_base=api_base, livemode=livemode, secret_key="sk", webhook_secrets=("w",)
    )
    return {"stripe": account}


class TestTarget:
    def test_is_the_control_endpoint_of_the_sandbox(self, sandbox: Sandbox) -> None:
        control = target(debug=True, accounts=accounts(sandbox.stripe_base), code="stripe")
        assert (control.host, control.port) == (sandbox.host, sandbox.port)

    def test_refuses_where_debug_is_off(self, sandbox: Sandbox) -> None:
        with pytest.raises(DrillRefused, match="DEBUG is off"):
            target(debug=False, accounts=accounts(sandbox.stripe_base), code="stripe")

    def test_refuses_live_keys_of_any_account_even_over_a_sandbox(self, sandbox: Sandbox) -> None:
        given = {**accounts(sandbox.stripe_base), "other": accounts(sandbox.stripe_base, livemode=True)["stripe"]}
        with pytest.raises(DrillRefused, match="other has live keys"):
            target(debug=True, accounts=given, code="stripe")

    def test_refuses_an_account_that_is_not_configured(self) -> None:
        with pytest.raises(DrillRefused, match="no gateway stripe"):
            target(debug=True, accounts={}, code="stripe")

    @pytest.mark.parametrize(
        "base",
        [
            "https://api.stripe.com",
            "http://sandbox.example.com:8010/stripe",
            "http://127.0.0.1/stripe",
            "http://127.0.0.1:port/stripe",
            "",
        ],
    )
    def test_refuses_an_address_that_is_not_this_machines(self, base: str) -> None:
        with pytest.raises(DrillRefused, match="not answered by a sandbox"):
            target(debug=True, accounts=accounts(base), code="stripe")

    def test_refuses_a_port_where_nobody_answers(self) -> None:
        with pytest.raises(DrillRefused, match="not answered by a sandbox"):
            target(debug=True, accounts=accounts(f"http://127.0.0.1:{free_port()}/stripe"), code="stripe")

    def test_refuses_a_server_of_this_machine_that_obeys_nobody(self) -> None:
        with receiving_webhooks() as other, pytest.raises(DrillRefused, match="not answered by a sandbox"):
            target(debug=True, accounts=accounts(other.url), code="stripe")

    @pytest.mark.parametrize(
        "base", ["https://api.razorpay.com", "https://api-preprod.phonepe.com/apis/pg-sandbox", "http://127.0.0.1:1/x"]
    )
    def test_refuses_beside_any_gateway_that_is_no_sandbox_here_even_with_test_keys(
        self, sandbox: Sandbox, base: str
    ) -> None:
        given = {**accounts(sandbox.stripe_base), "other": replace(accounts(base)["stripe"], code="other")}
        with pytest.raises(
            DrillRefused, match="other is not answered by a sandbox on this machine: nothing is drilled beside"
        ):
            target(debug=True, accounts=given, code="stripe")

    def test_accepts_all_gateways_of_the_sandbox(self, sandbox: Sandbox) -> None:
        base = sandbox.stripe_base.removesuffix("/stripe")
        names = ("razorpay", "phonepe")
        given = accounts(sandbox.stripe_base) | {
            name: replace(accounts(f"{base}/{name}")["stripe"], code=name) for name in names
        }
        assert target(debug=True, accounts=given, code="stripe").port == sandbox.port


class TestCheckWebhooks:
    def test_accepts_a_sandbox_that_tells_us(self, sandbox: Sandbox) -> None:
        sandbox.control.stripe("webhook", url="http://here:1/webhooks/stripe/", secrets=["ours", "older"])
        check_webhooks(sandbox.control, public_url="http://here:1/", secrets=("ours",))

    def test_refuses_one_that_tells_somebody_else_or_nobody(self, sandbox: Sandbox) -> None:
        secrets = django_settings.GATEWAY_ACCOUNTS["stripe"].webhook_secrets
        sandbox.control.stripe("webhook", url="http://there:1/webhooks/stripe/", secrets=list(secrets))
        with pytest.raises(DrillRefused, match="http://there:1/webhooks/stripe/, and not to http://here:1"):
            check_webhooks(sandbox.control, public_url="http://here:1", secrets=secrets)

    def test_refuses_one_that_signs_with_a_secret_that_we_do_not_know(self, sandbox: Sandbox) -> None:
        sandbox.control.stripe("webhook", url="http://here:1/webhooks/stripe/", secrets=["theirs", "ours"])
        with pytest.raises(DrillRefused, match="secret"):
            check_webhooks(sandbox.control, public_url="http://here:1", secrets=("ours",))
