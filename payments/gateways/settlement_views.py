"""What a gateway says of its payouts to our own bank account, in our words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure


class SettlementState(StrEnum):
    ANNOUNCED = "announced"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class SettlementView:
    """A payout to our bank account; below zero it is a debit from there. `reference` is what the statement shows."""

    settlement_id: str
    state: SettlementState
    amount: Money
    created_at: datetime
    livemode: bool
    expected_at: datetime | None = None
    reference: str = ""
    failure: GatewayFailure | None = None
