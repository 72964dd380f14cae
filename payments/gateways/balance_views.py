"""Movements of our balance in our words: what the contract says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BalanceTransactionView:
    """One movement of our balance at the gateway. `amount` gross, `fee` (with tax), `net` = amount − fee; signed."""

    transaction_id: str
    type: str
    source_id: str
    amount_minor: int
    fee_minor: int
    tax_minor: int
    net_minor: int
    currency: str
    exchange_rate: str
    created_at: datetime
    available_at: datetime
