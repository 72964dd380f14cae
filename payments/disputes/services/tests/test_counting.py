"""Payment and order know what their disputes have away from them, and no more than that."""

from __future__ import annotations

from typing import Any

import pytest

from payments.charges.models import Payment
from payments.disputes.models import Dispute
from payments.disputes.services.counting import count_disputes
from payments.disputes.services.tests.deciding import balance, decided, seen
from payments.disputes.tests.test_states import a_dispute
from payments.tests.walking import AT, a_payment, everything
from payments.tests.world import World


def another(first: Dispute, **columns: Any) -> Dispute:
    given = {"amount_minor": 10_000, "currency": "USD", "bearer": "seller", **columns}
    gateway_dispute_id = f"dp_further_{Dispute.objects.count()}"
    return Dispute.objects.create(
        payment=first.payment, gateway_account=first.gateway_account, gateway_dispute_id=gateway_dispute_id,
        opened_at=AT, label_at=AT, seen_at=AT, **given,
    )  # fmt: skip


def counted(payment: Payment) -> tuple[int, int]:
    count_disputes(payment, actor="test", at=AT)
    return payment.open_disputes, payment.disputed_minor


# Rows alone: no ledger stands behind them.
@pytest.mark.django_db
@pytest.mark.broken_books
class TestCountDisputes:
    def test_sums_what_is_away_and_counts_what_is_undecided(self) -> None:
        first = a_dispute()
        Dispute.objects.filter(pk=first.pk).update(status="under_review", withdrawn_minor=3_000)
        another(first, status="lost", withdrawn_minor=2_000, lost_minor=2_000)
        another(first, status="won", withdrawn_minor=-500)  # more came back than went
        assert counted(first.payment) == (1, 5_000)

    def test_another_currency_is_none_of_its_sums(self) -> None:
        first = a_dispute()
        another(first, status="needs_response", currency="EUR", withdrawn_minor=700)
        assert counted(first.payment) == (2, 0)

    def test_told_again_nothing_changes(self) -> None:
        first = a_dispute()
        Dispute.objects.filter(pk=first.pk).update(status="needs_response", withdrawn_minor=3_000)
        counted(first.payment)
        before = everything()
        counted(first.payment)
        assert everything() == before

    def test_a_payment_for_no_order_is_counted_too(self) -> None:
        payment = a_payment(purpose="invoice")
        Payment.objects.filter(pk=payment.pk).update(order=None)
        payment.refresh_from_db()
        assert counted(payment) == (0, 0)


@pytest.mark.django_db(transaction=True)
class TestOfAnOrder:
    def test_without_the_money_it_stays_in_dispute_until_it_comes(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        decided(world, gateway_id, "win", reinstated=False)
        assert seen(order) == ("paid", "disputed")
        assert balance("withdrawn") == 10_000
        decided(world, gateway_id, "reinstate")
        assert seen(order) == ("paid", "paid")
