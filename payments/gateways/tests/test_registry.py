"""From the code of an account to its adapter."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from django.test import override_settings

from config.calls.barrier import NetworkBarred, network_barred
from config.settings.gateways import GatewayCredentials
from payments.gateways.contract import Outcome
from payments.gateways.failures import GatewayMisconfigured
from payments.gateways.guard import Guarded
from payments.gateways.registry import UnknownGatewayAccount, gateway_for
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.tests.scripted import error, scripted
from payments.gateways.tests.scripted import Reply

STRIPE = GatewayCredentials(
    code="stripe",
    gateway="stripe",
    api_base="https://stripe.example.test",
    livemode=False,
    secret_key="sk_test_of_nobody_0000",
    webhook_secrets=(),
)


class TestGatewayFor:
    def test_is_guarded(self) -> None:
        with override_settings(GATEWAY_ACCOUNTS={"stripe": STRIPE}):
            gateway = gateway_for("stripe")
        assert isinstance(gateway, Guarded)
        assert gateway.name == "stripe"

    def test_barred_before_any_request(self) -> None:
        with override_settings(GATEWAY_ACCOUNTS={"stripe": STRIPE}):
            gateway = gateway_for("stripe")
        with network_barred(), pytest.raises(NetworkBarred):
            gateway.get_payment(gateway_payment_id="pi_one", session_id="")

    def test_is_kept_while_the_credentials_stay_the_same(self) -> None:
        with override_settings(GATEWAY_ACCOUNTS={"stripe": STRIPE}):
            first = gateway_for("stripe")
        with override_settings(GATEWAY_ACCOUNTS={"stripe": replace(STRIPE)}):
            assert gateway_for("stripe") is first
        with override_settings(GATEWAY_ACCOUNTS={"stripe": replace(STRIPE, secret_key="sk_test_rotated_0000")}):
            assert gateway_for("stripe") is not first

    def test_two_accounts_of_one_gateway_are_two_adapters(self) -> None:
        other = replace(STRIPE, code="stripe_eu", secret_key="sk_test_of_europe_0000")
        with override_settings(GATEWAY_ACCOUNTS={"stripe": STRIPE, "stripe_eu": other}):
            assert gateway_for("stripe") is not gateway_for("stripe_eu")

    def test_speaks_to_the_configured_address_with_the_configured_key(self) -> None:
        with scripted(Reply(body=shapes.intent())) as script:
            base = script.connection.client._requestor.base_addresses["api"] or ""
            with override_settings(GATEWAY_ACCOUNTS={"stripe": replace(STRIPE, api_base=base)}):
                gateway_for("stripe").get_payment(gateway_payment_id="pi_one", session_id="")
        assert script.seen[0].headers["authorization"] == "Bearer sk_test_of_nobody_0000"

    @pytest.mark.parametrize("code", ["razorpay", "", "Stripe"])
    def test_an_account_that_is_not_configured_is_named(self, code: str) -> None:
        with override_settings(GATEWAY_ACCOUNTS={"stripe": STRIPE}), pytest.raises(UnknownGatewayAccount):
            gateway_for(code)

    def test_a_gateway_without_an_adapter_is_named(self) -> None:
        odd = replace(STRIPE, code="odd", gateway="odd_pay")
        with override_settings(GATEWAY_ACCOUNTS={"odd": odd}), pytest.raises(UnknownGatewayAccount, match="odd_pay"):
            gateway_for("odd")

    def test_a_forked_process_makes_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with override_settings(GATEWAY_ACCOUNTS={"stripe": STRIPE}):
            ours = gateway_for("stripe")
            monkeypatch.setattr(os, "getpid", lambda: -1)
            assert gateway_for("stripe") is not ours


class TestAdapters:
    def test_an_account_of_phonepe_has_its_adapter(self) -> None:
        account = replace(STRIPE, code="phonepe", gateway="phonepe", client_id="M1", client_version="1")
        with override_settings(GATEWAY_ACCOUNTS={"phonepe": account}):
            assert gateway_for("phonepe").name == "phonepe"


class TestMisconfigured:
    def test_wrong_credentials_reach_the_caller(self) -> None:
        with scripted(error(401)) as script:
            base = script.connection.client._requestor.base_addresses["api"] or ""
            with override_settings(GATEWAY_ACCOUNTS={"stripe": replace(STRIPE, api_base=base)}):
                gateway = gateway_for("stripe")
                with pytest.raises(GatewayMisconfigured):
                    gateway.get_refund(refund_id="re_one")


def test_outcomes_are_words_that_fit_a_metric() -> None:
    assert all(outcome.value.replace("_", "").isalpha() for outcome in Outcome)
