"""What the database itself refuses of payments and movements, by the sentence that names the rule."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from payments.charges.models import GatewayAccount, GatewayTransaction, Payment
from payments.charges.states import PaymentStatus
from payments.tests.walking import a_payment

AT = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
# Rows alone: no ledger stands behind them.
pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


def refuses(rule: str, row: Any, **columns: Any) -> None:
    """The same row, as it was before, after the database refused to change it so."""
    before = type(row)._base_manager.filter(pk=row.pk).values().get()
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        type(row)._base_manager.filter(pk=row.pk).update(**columns)
    assert type(row)._base_manager.filter(pk=row.pk).values().get() == before


class TestPayment:
    @pytest.mark.parametrize(
        ("rule", "columns"),
        [
            ("a_payment_has_a_known_status", {"status": "paid"}),
            ("a_payment_is_for_something", {"amount_minor": 0}),
            ("a_payment_applies_no_more_than_it_captured", {"applied_minor": 1}),
            ("a_payment_applies_no_more_than_it_captured", {"refunded_minor": -1}),
            ("a_payment_applies_no_more_than_it_captured", {"refunding_minor": -1}),
            ("a_payment_applies_no_more_than_it_captured", {"disputed_minor": -1}),
            ("a_payment_for_an_order_names_it", {"order": None}),
            ("a_captured_payment_says_when", {"status": "captured", "captured_at": None}),
            ("a_captured_payment_says_when", {"status": "reversed", "captured_at": None}),
        ],
    )
    def test_keeps_its_rules(self, rule: str, columns: dict[str, Any]) -> None:
        refuses(rule, a_payment(), **columns)

    @pytest.mark.parametrize(
        ("rule", "column"),
        [
            ("a_gateway_payment_is_one_payment_of_ours", "gateway_payment_id"),
            ("a_gateway_order_is_one_payment_of_ours", "gateway_order_id"),
        ],
    )
    def test_is_one_object_at_its_gateway(self, rule: str, column: str) -> None:
        a_payment(**{column: "x_1"})
        second = a_payment()
        refuses(rule, second, **{column: "x_1"})
        other = GatewayAccount.objects.create(code="other", gateway="stripe", livemode=False)
        Payment.objects.filter(pk=second.pk).update(gateway_account=other, **{column: "x_1"})

    def test_many_have_no_object_yet(self) -> None:
        assert a_payment().gateway_payment_id is a_payment().gateway_payment_id is None

    def test_what_is_not_applied_is_nobodys(self) -> None:
        assert a_payment(captured_minor=10_000, applied_minor=9_000).unapplied_minor == 1_000

    @pytest.mark.parametrize("status", PaymentStatus.values)
    def test_is_open_while_it_waits(self, status: str) -> None:
        assert a_payment(status=status, captured_at=AT).is_open is (status in {"created", "pending", "authorized"})


class TestGatewayTransaction:
    @pytest.fixture
    def movement(self) -> GatewayTransaction:
        return GatewayTransaction.objects.create(
            gateway_account=a_payment().gateway_account, external_id="txn_1", type="charge", amount_minor=100,
            fee_minor=3, net_minor=97, currency="USD", gateway_created_at=AT,
        )  # fmt: skip

    def test_adds_up(self, movement: GatewayTransaction) -> None:
        refuses("net_is_gross_less_fee", movement, net_minor=100)

    def test_is_kept_once_for_each_type(self, movement: GatewayTransaction) -> None:
        """Razorpay gives the movement of an adjustment the id of what it adjusts."""
        movement.pk, movement.type = None, "adjustment"
        movement.save()
        refuses("a_gateway_transaction_is_kept_once", movement, type="charge")


class TestGatewayAccount:
    def test_lets_money_wait_a_day_at_least(self) -> None:
        refuses("a_hold_limit_is_at_least_a_day", a_payment().gateway_account, hold_limit_days=0)
