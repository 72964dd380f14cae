"""Payments, refunds, holds and gateways' payouts to us by state, for the metrics of operations."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from config.ops.counting import by_value
from config.ops.gauges import Readings, key
from payments.charges.models import Payment
from payments.charges.states import PaymentStatus
from payments.escrow.models import EscrowHold
from payments.escrow.states import HoldStatus
from payments.health.models import GatewayHealth
from payments.health.queries import listeners
from payments.health.states import BreakerStatus
from payments.refunds.models import Refund
from payments.refunds.states import RefundStatus
from payments.settlements.models import Settlement
from payments.settlements.states import SettlementStatus

_COUNTED: tuple[tuple[str, type[models.Model], list[str]], ...] = (
    ("holdfast_payments", Payment, PaymentStatus.values),
    ("holdfast_refunds", Refund, RefundStatus.values),
    ("holdfast_holds", EscrowHold, HoldStatus.values),
    ("holdfast_settlements", Settlement, SettlementStatus.values),
)


def gateways(at: datetime) -> Readings:
    """Whether each gateway's breaker lets payments through, and whether the gateway has fallen silent. Who only tells
    of payouts has no breaker."""
    del at
    only_tell, rows = listeners(), GatewayHealth.objects.select_related("account")
    readings = {key("holdfast_gateway_silent", account=row.account.code): float(bool(row.silent_since)) for row in rows}
    return readings | {
        key("holdfast_gateway_breaker_open", account=row.account.code): float(row.position == BreakerStatus.OPEN)
        for row in rows
        if row.account.code not in only_tell
    }


def by_state(at: datetime) -> Readings:
    """How many rows are in each state: exact while there are few, estimated from there on."""
    del at
    return {
        key(metric, state=state): number
        for metric, model, states in _COUNTED
        for state, number in by_value(model, "status", states).items()
    }
