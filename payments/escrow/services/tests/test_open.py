"""A capture opens a hold for each seller's part, over all of it, until the gateway lets money wait no longer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from orders.tests.factories import item, make_order, make_product
from payments.charges.models import GatewayAccount, Payment
from payments.escrow.models import EscrowHold
from payments.escrow.services.open import open_holds
from payments.tests.walking import AT, a_payment

# Rows alone: no ledger stands behind them.
pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


@pytest.fixture
def payment() -> Payment:
    """Of an order over two sellers' parts."""
    payment = a_payment()
    products = [make_product(prices={"USD": minor}) for minor in (10_000, 3_333)]
    order = make_order(*(item(product) for product in products), currency="USD", at=AT)
    payment.order, payment.ref = order, order.public_id
    payment.save(update_fields=["order", "ref"])
    return payment


def opened(payment: Payment) -> list[EscrowHold]:
    assert payment.order is not None
    parts = list(payment.order.fulfilments.select_related("seller").order_by("pk"))
    return open_holds(order=payment.order, payment=payment, fulfilments=parts, at=AT)


class TestOpenHolds:
    def test_one_for_each_part_over_all_of_it(self, payment: Payment, django_assert_num_queries: Any) -> None:
        GatewayAccount.objects.update(hold_limit_days=10)
        payment.gateway_account.refresh_from_db()
        with django_assert_num_queries(2):  # the parts, and one insert for all
            first, second = opened(payment)
        assert (first.amount_minor, first.remaining_minor) == (10_000, 10_000)
        assert (second.amount_minor, second.remaining_minor, second.currency) == (3_333, 3_333, "USD")
        assert first.must_leave_by == AT + timedelta(days=10)
        for hold in (first, second):
            assert (hold.owner, hold.payee, hold.status) == (hold.payee.public_id, hold.fulfilment.seller, "held")
        assert first.owner != second.owner

    def test_never_twice(self, payment: Payment) -> None:
        opened(payment)
        with pytest.raises(IntegrityError, match="fulfilment"), transaction.atomic():
            opened(payment)
        assert EscrowHold.objects.count() == 2
