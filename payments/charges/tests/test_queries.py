"""Payments are found by our id before the gateway's, at their own account alone, and locked in one order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from payments.charges.models import GatewayAccount, GatewayTransaction, Payment
from payments.charges.queries import (
    find_payment,
    further_charges,
    is_transaction_kept,
    lock_payment,
    lock_payments,
    of_charge,
    open_payments,
    said_of_further,
    unclosed_payments,
)
from payments.charges.states import PaymentStatus
from payments.refunds.models import Refund
from payments.tests.walking import a_payment

AT = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
WAITING = {"created", "pending", "authorized"}
# Rows alone: no ledger stands behind them.
pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


def attempt(first: Payment, **fields: Any) -> Payment:
    """Another payment of the same order."""
    return Payment.objects.create(
        ref=first.ref, order=first.order, gateway_account=first.gateway_account, amount_minor=10_000, currency="USD",
        livemode=False, **fields,
    )  # fmt: skip


class TestOfAnOrder:
    @pytest.mark.parametrize("status", PaymentStatus.values)
    def test_open_ones_wait_for_the_customer_or_the_gateway(self, status: str) -> None:
        payment = a_payment(status=status, captured_at=AT)
        a_payment()
        assert payment.order is not None
        assert open_payments(payment.order) == ([payment] if status in WAITING else [])

    def test_unclosed_ones_could_still_take_money(self, django_assert_num_queries: Any) -> None:
        first = a_payment(status="failed")
        second = attempt(first)
        attempt(first, closed_at=AT)
        attempt(first, captured_minor=1, captured_at=AT)
        assert first.order is not None
        with django_assert_num_queries(1):
            found = unclosed_payments(first.order)
            assert [payment.gateway_account.code for payment in found] == ["stripe", "stripe"]
        assert found == [first, second]

    def test_are_locked_by_ascending_id(self, django_assert_num_queries: Any) -> None:
        first = a_payment()
        second = attempt(first)
        assert first.order is not None
        with transaction.atomic(), django_assert_num_queries(1):
            assert lock_payments(first.order) == [first, second]

    def test_locking_needs_a_transaction(self) -> None:
        payment = a_payment()
        with transaction.atomic():
            assert lock_payment(payment.pk) == payment


class TestFindPayment:
    def test_our_own_id_counts_first(self) -> None:
        ours, other = a_payment(gateway_payment_id="pi_1"), a_payment(gateway_payment_id="pi_2")
        assert find_payment(account="stripe", our_id=ours.public_id, gateway_payment_id="pi_2") == ours
        assert find_payment(account="stripe", our_id="pay_unknown", gateway_payment_id="pi_2") == other

    @pytest.mark.parametrize(
        ("stored", "asked"),
        [
            ({"gateway_payment_id": "x_1"}, {"gateway_payment_id": "x_1"}),
            ({"gateway_order_id": "x_1"}, {"session_id": "x_1"}),
            ({"charge_id": "x_1"}, {"charge_id": "x_1"}),
        ],
    )
    def test_else_any_of_the_gateways_ids(self, stored: dict[str, Any], asked: dict[str, Any]) -> None:
        payment = a_payment(**stored)
        a_payment()
        assert find_payment(account="stripe", **asked) == payment
        assert find_payment(account="razorpay", **asked) is None

    def test_nothing_is_found_by_nothing(self) -> None:
        a_payment()
        assert find_payment(account="stripe") is None
        assert find_payment(account="stripe", our_id="", gateway_payment_id="", session_id="", charge_id="") is None

    def test_costs_one_query_for_each_id_that_is_tried(self, django_assert_num_queries: Any) -> None:
        a_payment(gateway_payment_id="pi_1")
        with django_assert_num_queries(2):
            found = find_payment(account="stripe", our_id="pay_unknown", gateway_payment_id="pi_1")
            assert found is not None
            assert (found.gateway_account.code, found.amount_minor) == ("stripe", 10_000)


class TestFurtherCharges:
    @pytest.fixture
    def payment(self) -> Payment:
        payment = a_payment(charge_id="ch_1")
        for number, charge in enumerate(("ch_3", "ch_2", "ch_1", "", "ch_3")):
            Refund.objects.create(
                payment=payment, gateway_account=payment.gateway_account, amount_minor=1, currency="USD",
                cause="unapplied", cause_key=f"k{number}", requested_by="system", charge_id=charge,
            )  # fmt: skip
        return payment

    def test_are_those_beyond_the_one_that_paid(self, payment: Payment) -> None:
        assert further_charges(payment) == ["ch_2", "ch_3"]
        assert said_of_further(payment) == "paid once more by ch_2, ch_3: that money goes back"
        assert said_of_further(a_payment()) == ""

    @pytest.mark.parametrize("charge", ["ch_1", "ch_2", "ch_3"])
    def test_lead_to_the_payment_as_the_first_does(self, payment: Payment, charge: str) -> None:
        a_payment(charge_id="ch_other")
        assert list(Payment.objects.filter(of_charge(charge))) == [payment]
        assert find_payment(account="stripe", charge_id=charge) == payment


class TestTransactions:
    def test_are_known_at_their_own_account(self) -> None:
        account = a_payment().gateway_account
        GatewayAccount.objects.create(code="other", gateway="stripe", livemode=False)
        GatewayTransaction.objects.create(
            gateway_account=account, external_id="txn_1", type="charge", amount_minor=100, fee_minor=3, net_minor=97,
            currency="USD", gateway_created_at=AT,
        )  # fmt: skip
        assert is_transaction_kept(account="stripe", transaction_id="txn_1")
        assert not is_transaction_kept(account="other", transaction_id="txn_1")
        assert not is_transaction_kept(account="stripe", transaction_id="txn_2")
