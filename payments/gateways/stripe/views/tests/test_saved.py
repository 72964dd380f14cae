"""Stripe's customers, setups and methods in our words."""

from __future__ import annotations

from typing import Any

import pytest

from payments.gateways.failures import UnreadableObject
from payments.gateways.method_views import MethodView, SetupState, SetupView
from payments.gateways.stripe.tests.shapes import JSON, MADE_AT, card
from payments.gateways.stripe.views import customer_view, method_view, setup_view


def setup(**over: Any) -> JSON:
    return {
        "id": "seti_one",
        "object": "setup_intent",
        "client_secret": "seti_one_secret_of_nobody",
        "created": MADE_AT,
        "customer": "cus_one",
        "last_setup_error": None,
        "livemode": False,
        "metadata": {"setup": "set_one", "call": "call_one"},
        "payment_method": None,
        "status": "requires_payment_method",
    } | over


def method(**over: Any) -> JSON:
    return {
        "id": "pm_one",
        "object": "payment_method",
        "card": card(country="US", issuer="A Bank", fingerprint="not_for_us"),
        "created": MADE_AT,
        "customer": "cus_one",
        "livemode": False,
        "type": "card",
    } | over


class TestCustomer:
    def test_carries_our_id(self) -> None:
        view = customer_view(
            {"id": "cus_one", "object": "customer", "livemode": False, "metadata": {"customer": "gcus_one"}}
        )
        assert (view.customer_id, view.our_id, view.livemode, view.is_deleted) == ("cus_one", "gcus_one", False, False)

    def test_deleted_says_no_more_than_that(self) -> None:
        view = customer_view({"id": "cus_one", "object": "customer", "deleted": True})
        assert (view.our_id, view.livemode, view.is_deleted) == ("", None, True)


class TestSetup:
    @pytest.mark.parametrize(
        ("over", "state"),
        [
            ({}, SetupState.PENDING),
            ({"status": "requires_confirmation"}, SetupState.PENDING),
            ({"status": "requires_action"}, SetupState.PENDING),
            ({"status": "processing"}, SetupState.PENDING),
            ({"status": "succeeded", "payment_method": "pm_one"}, SetupState.SUCCEEDED),
            ({"status": "canceled"}, SetupState.CANCELLED),
            ({"last_setup_error": {"code": "card_declined", "decline_code": "lost_card"}}, SetupState.FAILED),
            ({"status": "succeeded", "last_setup_error": {"code": "card_declined"}}, SetupState.SUCCEEDED),
        ],
    )
    def test_each_state(self, over: JSON, state: SetupState) -> None:
        assert setup_view(setup(**over)).state is state

    def test_names_what_it_is_about(self) -> None:
        view = setup_view(setup(status="succeeded", payment_method=method()))
        assert (view.setup_id, view.our_id, view.call_id) == ("seti_one", "set_one", "call_one")
        assert (view.customer_id, view.method_id) == ("cus_one", "pm_one")

    def test_says_why_it_failed(self) -> None:
        error = {"code": "card_declined", "decline_code": "lost_card"}
        assert setup_view(setup(last_setup_error=error)).failure_code == "lost_card"

    def test_names_the_attempt_that_failed_and_its_card_unless_it_is_indian(self) -> None:
        def failed(**over: str) -> SetupView:
            error = {"code": "card_declined", "payment_method": method(card={"fingerprint": "fp_one", **over})}
            return setup_view(setup(last_setup_error=error, latest_attempt="setatt_one"))

        assert (failed().declines, failed().fingerprint) == (("setatt_one",), "fp_one")
        assert failed(country="IN").fingerprint == ""
        assert setup_view(setup(latest_attempt="setatt_one")).declines == ()
        assert setup_view(setup(last_setup_error={"code": "card_declined"})).declines == ()

    @pytest.mark.parametrize("over", [{"status": "thinking"}, {"livemode": None}, {"object": "payment_intent"}])
    def test_that_cannot_be_read_is_said(self, over: JSON) -> None:
        with pytest.raises(UnreadableObject):
            setup_view(setup(**over))


class TestMethod:
    def test_of_a_card(self) -> None:
        assert method_view(method()) == MethodView(
            method_id="pm_one",
            customer_id="cus_one",
            kind="card",
            last4="4242",
            livemode=False,
            network="visa",
            issuer="A Bank",
            expiry_month=4,
            expiry_year=2031,
        )

    def test_of_an_indian_card_last_four_and_issuer_only(self) -> None:
        view = method_view(method(card=card(country="IN", issuer="A Bank")))
        assert (view.last4, view.issuer) == ("4242", "A Bank")
        assert (view.network, view.expiry_month, view.expiry_year) == ("", None, None)

    def test_of_a_bank_account(self) -> None:
        account = {"last4": "6789", "bank_name": "STRIPE TEST BANK"}
        view = method_view(method(type="us_bank_account", us_bank_account=account, card=None))
        assert (view.kind, view.last4, view.issuer, view.expiry_year) == (
            "us_bank_account", "6789", "STRIPE TEST BANK", None
        )  # fmt: skip

    def test_that_was_forgotten_is_nobodys(self) -> None:
        assert method_view(method(customer=None)).customer_id == ""

    @pytest.mark.parametrize("over", [{"type": None}, {"card": card(country="US", exp_year="2031")}])
    def test_that_cannot_be_read_is_said(self, over: JSON) -> None:
        with pytest.raises(UnreadableObject):
            method_view(method(**over))
