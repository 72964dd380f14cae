"""Payments in our words: what the contract says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure


class PaymentState(StrEnum):
    """What the gateway says of its payment object."""

    PENDING = "pending"  # waits for the customer; may still be cancelled
    PROCESSING = "processing"  # the customer did their part; the result comes later
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"  # the last attempt failed; the object may be tried again
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class CaptureFact:
    """Money that was captured: an amount fact keyed by the gateway's charge id."""

    charge_id: str
    amount: Money
    at: datetime
    balance_transaction_id: str = ""


@dataclass(frozen=True, slots=True)
class PaymentView:
    """The gateway's payment object, translated. `our_id` is the id of ours that travelled with it, or empty."""

    gateway_payment_id: str  # Stripe: pi_…; empty while a hosted session has none
    session_id: str  # hosted checkout's id (cs_…), or empty
    our_id: str
    state: PaymentState
    amount: Money
    captures: tuple[CaptureFact, ...]
    livemode: bool
    created_at: datetime
    authorized_minor: int = 0
    client_secret: str = ""
    redirect_url: str = ""
    method: str = ""
    network: str = ""
    last4: str = ""
    fingerprint: str = ""  # the gateway's own id of the card, the same for the same card; never of Indian cards
    failure: GatewayFailure | None = None
    call_id: str = ""  # the GatewayCall that made it, if its id travelled
    is_final: bool = False  # FAILED, and it may not be tried again
    declines: tuple[str, ...] = ()  # the gateway's ids of the attempts that failed, where the object lists its attempts

    @property
    def is_closed(self) -> bool:
        """Whether the object can take no money any more, nor has it."""
        return self.state in (PaymentState.CANCELLED, PaymentState.EXPIRED) or self.is_final
