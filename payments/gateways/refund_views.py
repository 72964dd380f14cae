"""Refunds in our words: what the contract says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure


class RefundState(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RefundView:
    """The gateway's refund object, translated. `is_release`: it only lets go of what was authorised and never captured,
    so no money of ours moved and nothing may be booked for it."""

    refund_id: str
    our_id: str
    charge_id: str
    gateway_payment_id: str
    state: RefundState
    amount: Money
    at: datetime
    failure: GatewayFailure | None = None
    balance_transaction_id: str = ""
    failure_balance_transaction_id: str = ""
    reference: str = ""  # ARN / RRN, when the gateway tells
    call_id: str = ""  # the GatewayCall that made it, if its id travelled
    is_release: bool = False
