"""Every state of payments, refunds and holds is told, also those that nothing is in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from config.ops.gauges import key
from payments.charges.models import GatewayAccount, Payment
from payments.charges.states import PaymentStatus
from payments.escrow.states import HoldStatus
from payments.gauges import by_state
from payments.refunds.models import Refund
from payments.refunds.states import RefundStatus
from payments.settlements.states import SettlementStatus

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def _payment(status: PaymentStatus) -> Payment:
    account, _ = GatewayAccount.objects.get_or_create(code="stripe", defaults={"gateway": "stripe", "livemode": False})
    return Payment.objects.create(
        purpose="invoice", ref="inv_1", gateway_account=account, amount_minor=105_000, currency="INR", livemode=False,
        status=status,
    )  # fmt: skip


class TestByState:
    def test_names_every_state_of_every_kind(self) -> None:
        found = by_state(NOW)
        assert set(found.values()) == {0}
        assert {metric for metric, _ in found} == {
            "holdfast_payments", "holdfast_refunds", "holdfast_holds", "holdfast_settlements",
        }  # fmt: skip
        assert len(found) == sum(map(len, (PaymentStatus, RefundStatus, HoldStatus, SettlementStatus)))

    def test_counts_rows_by_their_state(self) -> None:
        for status in (PaymentStatus.FAILED, PaymentStatus.FAILED, PaymentStatus.EXPIRED):
            payment = _payment(status)
        Refund.objects.create(
            payment=payment, gateway_account=payment.gateway_account, amount_minor=1, currency="INR",
            status=RefundStatus.REJECTED, cause="timeout", cause_key="a", requested_by="system",
        )  # fmt: skip
        found = by_state(NOW)
        assert found[key("holdfast_payments", state="failed")] == 2
        assert found[key("holdfast_payments", state="expired")] == 1
        assert found[key("holdfast_payments", state="pending")] == 0
        assert found[key("holdfast_refunds", state="rejected")] == 1

    @pytest.mark.parametrize("table", ["payments_payment", "payments_refund", "payments_escrowhold"])
    def test_each_state_has_an_index_that_leads_to_it(self, table: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            cursor.execute(f"EXPLAIN SELECT 1 FROM {table} WHERE status = 'captured' LIMIT 5000")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "_status on" in plan
