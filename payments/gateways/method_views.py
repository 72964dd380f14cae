"""Customers, setups and saved methods in our words: what the contract says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SetupState(StrEnum):
    """What the gateway says of its object by which a customer saves a method."""

    PENDING = "pending"  # waits for the customer, or for their bank
    FAILED = "failed"  # the last try failed; the customer may try again on the same object
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class CustomerView:
    """The gateway's customer. `our_id` is the id of ours that travelled with it, or empty."""

    customer_id: str
    our_id: str
    livemode: bool | None  # None where it does not say: one that was deleted
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class SetupView:
    """The gateway's setup. `method_id` is what was saved, once it succeeded; also what is being saved, where the bank
    takes its time. `is_taken`: money was taken for it, though it should only have been authorised."""

    setup_id: str
    our_id: str
    call_id: str
    customer_id: str
    state: SetupState
    method_id: str
    livemode: bool
    created_at: datetime
    client_secret: str = ""
    failure_code: str = ""
    is_taken: bool = False
    declines: tuple[str, ...] = ()  # the gateway's ids of the attempts that failed, as far as it shows them
    fingerprint: str = ""  # the gateway's own id of the card that failed last; never of Indian cards


@dataclass(frozen=True, slots=True)
class MethodView:
    """A way of paying at the gateway. `customer_id` is empty where nobody has it saved (any more).

    Adapters leave out what may not be kept: of an Indian card network and expiry. A fingerprint is never here.
    `is_paused`: it is theirs, and cannot be charged until the customer or their bank lets it.
    """

    method_id: str
    customer_id: str
    kind: str  # card, us_bank_account, …
    last4: str
    livemode: bool
    network: str = ""
    issuer: str = ""
    expiry_month: int | None = None
    expiry_year: int | None = None
    is_paused: bool = False
