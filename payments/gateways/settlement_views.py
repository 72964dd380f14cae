"""What a gateway says of its payouts to our own bank account, in our words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from config.kernel.money import Money
from payments.gateways.balance_views import BalanceTransactionView
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


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """What one movement of our balance put into a settlement, or took out of it. Ids of movements repeat between their
    types, so that a line is `movement.transaction_id` *and* `movement.type`. `settlement_id` is empty, and `settled_at`
    None, while it is held back."""

    movement: BalanceTransactionView
    settlement_id: str
    settled_at: datetime | None
    reference: str = ""  # of the settlement, as the bank statement shows it
    gateway_payment_id: str = ""
    dispute_id: str = ""
