"""Tokens, customers and registering orders in our words: what is kept, what is left out, and what is nobody's."""

from __future__ import annotations

from typing import Any

import pytest

from payments.gateways.failures import UnreadableObject
from payments.gateways.method_views import SetupState
from payments.gateways.razorpay import tokens
from payments.gateways.razorpay.tests import entities

CUSTOMER = "cust_One"
NOTES = {"setup": "set_ours", "call": "call_ours", "customer": CUSTOMER}
CARD = {"last4": "4242", "network": "Visa", "issuer": "HDFC", "international": False, "name": "Somebody",
        "expiry_month": "01", "expiry_year": "2031"}  # fmt: skip


def token(status: str = "confirmed", **changes: Any) -> dict[str, Any]:
    return {
        "id": "token_One", "entity": "token", "token": "secret", "bank": None, "method": "card", "card": CARD,
        "recurring": True, "recurring_details": {"status": status, "failure_reason": None}, "created_at": 1,
        "expired_at": 2_021_000_000,
    } | changes  # fmt: skip


def order(**changes: Any) -> dict[str, Any]:
    return entities.order(notes=NOTES, amount=100, receipt="set_ours", customer_id=CUSTOMER) | changes


def attempt(status: str = "authorized", **changes: Any) -> dict[str, Any]:
    return entities.payment(status, token_id="token_One", amount=100) | changes


def seen(*attempts: dict[str, Any], given: Any = None, **of_order: Any) -> Any:
    return tokens.setup_view(order(**of_order), list(attempts), given, livemode=False)


def method(given: dict[str, Any]) -> Any:
    return tokens.method_view(given, customer_id=CUSTOMER, livemode=True)


class TestIds:
    def test_are_of_token_and_customer(self) -> None:
        both = tokens.method_id_of("token_One", CUSTOMER)
        assert both == "token_One/cust_One"
        assert tokens.ids_of(both) == ("token_One", CUSTOMER)

    @pytest.mark.parametrize("given", ["", "pm_1", "token_One", "token_One/", "cust_One/token_One", "token_1/cust_1/x"])
    def test_of_anything_else_are_none(self, given: str) -> None:
        assert tokens.ids_of(given) is None


class TestCustomer:
    def test_is_ours_by_its_note(self) -> None:
        view = tokens.customer_view(
            {"id": CUSTOMER, "entity": "customer", "notes": {"customer": "gcus_1"}}, livemode=True
        )
        assert (view.customer_id, view.our_id, view.livemode, view.is_deleted) == (CUSTOMER, "gcus_1", True, False)

    def test_without_notes_is_nobodys(self) -> None:
        assert tokens.customer_view({"id": CUSTOMER, "entity": "customer", "notes": []}, livemode=True).our_id == ""

    def test_of_another_kind_is_unreadable(self) -> None:
        with pytest.raises(UnreadableObject):
            tokens.customer_view(token(), livemode=True)


class TestMethod:
    def test_of_an_indian_card_four_digits_and_issuer_are_all(self) -> None:
        view = method(token())
        assert (view.last4, view.issuer, view.network, view.expiry_month, view.expiry_year) == (
            "4242",
            "HDFC",
            "",
            None,
            None,
        )
        assert (view.method_id, view.customer_id, view.is_paused) == ("token_One/cust_One", CUSTOMER, False)

    def test_of_a_card_that_says_not_where_it_is_from_no_more(self) -> None:
        assert (
            method(token(card={"last4": "4242", "network": "Visa", "expiry_month": 1, "expiry_year": 2031})).network
            == ""
        )

    @pytest.mark.parametrize(("month", "year"), [("01", "2031"), (1, 2031)])
    def test_of_a_card_from_abroad_expiry_and_network_too(self, month: Any, year: Any) -> None:
        view = method(token(card=CARD | {"international": True, "expiry_month": month, "expiry_year": year}))
        assert (view.network, view.expiry_month, view.expiry_year) == ("Visa", 1, 2031)

    @pytest.mark.parametrize("month", ["odd", 1.5, "123456"])
    def test_an_odd_expiry_is_unreadable_and_its_value_unsaid(self, month: Any) -> None:
        with pytest.raises(UnreadableObject) as error:
            method(token(card=CARD | {"international": True, "expiry_month": month}))
        assert str(month) not in str(error.value)

    def test_of_a_mandate_its_bank_and_its_end_and_no_number(self) -> None:
        details = {"account_number": "1121431121541121", "ifsc": "HDFC0000001"}
        view = method(token(method="emandate", bank="HDFC", bank_details=details, card=None))
        assert (view.kind, view.issuer, view.last4, view.expiry_month, view.expiry_year) == (
            "emandate",
            "HDFC",
            "",
            1,
            2034,
        )
        assert "1121" not in str(view)

    def test_of_upi_no_address(self) -> None:
        view = method(token(method="upi", vpa={"username": "9876543210", "handle": "upi"}, card=None))
        assert (view.kind, view.last4) == ("upi", "")
        assert "9876543210" not in str(view)

    @pytest.mark.parametrize("status", ["rejected", "cancelled", "expired"])
    def test_what_is_never_charged_again_is_nobodys(self, status: str) -> None:
        view = method(token(status))
        assert (view.customer_id, view.is_paused) == ("", False)

    @pytest.mark.parametrize("status", ["paused", "initiated", "cancellation_initiated", "a new word"])
    def test_what_cannot_be_charged_now_is_paused(self, status: str) -> None:
        view = method(token(status))
        assert (view.customer_id, view.is_paused) == (CUSTOMER, True)

    @pytest.mark.parametrize(
        ("beneath", "paused", "whose"), [("suspended", True, CUSTOMER), ("deactivated", False, "")]
    )
    def test_what_the_network_says_of_its_own_token_comes_first(self, beneath: str, paused: bool, whose: str) -> None:
        view = method(token(status=beneath) | {"status": beneath})
        assert (view.is_paused, view.customer_id) == (paused, whose)

    @pytest.mark.parametrize(("recurring", "paused"), [(True, False), (False, True)])
    def test_that_says_nothing_of_its_mandate_is_judged_by_recurring(self, recurring: bool, paused: bool) -> None:
        assert method(token(recurring=recurring, recurring_details=None)).is_paused is paused


class TestSetup:
    def test_untouched_waits(self) -> None:
        view = seen()
        assert (view.state, view.method_id, view.failure_code) == (SetupState.PENDING, "", "")
        assert (view.our_id, view.call_id, view.customer_id) == ("set_ours", "call_ours", CUSTOMER)
        assert view.client_secret == view.setup_id == "order_One"

    def test_is_its_customers_also_by_our_note(self) -> None:
        assert seen(customer_id=None).customer_id == CUSTOMER

    @pytest.mark.parametrize("status", ["authorized", "captured", "refunded"])
    def test_with_a_confirmed_token_is_done(self, status: str) -> None:
        view = seen(attempt(status), given=token())
        assert (view.state, view.method_id, view.is_taken) == (
            SetupState.SUCCEEDED, "token_One/cust_One", status == "captured"
        )  # fmt: skip

    def test_with_one_that_the_bank_has_still_to_confirm_waits_and_says_for_what(self) -> None:
        view = seen(attempt(), given=token("initiated", recurring=False))
        assert (view.state, view.method_id) == (SetupState.PENDING, "token_One/cust_One")

    def test_with_a_rejected_one_failed(self) -> None:
        view = seen(attempt(), given=token("rejected", recurring=False))
        assert (view.state, view.method_id, view.failure_code) == (SetupState.FAILED, "", tokens.DECLINED_BY_BANK)

    def test_with_one_that_was_forgotten_since_was_done(self) -> None:
        assert seen(attempt(), given=None).state is SetupState.SUCCEEDED

    def test_failed_says_why_and_a_better_try_counts(self) -> None:
        failed = entities.failed(token_id=None)
        view = seen(failed)
        assert (view.state, view.failure_code) == (SetupState.FAILED, "card_declined")
        assert view.declines == (failed["id"],)
        assert seen(failed, attempt(), given=token()).declines == (failed["id"],)
        assert seen(failed | {"error_reason": None}).failure_code == "BAD_REQUEST_ERROR"
        assert seen(failed, attempt(), given=token()).state is SetupState.SUCCEEDED

    def test_under_way_waits(self) -> None:
        assert seen(entities.payment("created", token_id=None), entities.failed()).state is SetupState.PENDING
