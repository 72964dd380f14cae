"""What every payout rail offers and answers: capabilities, views, and the calls themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from config.kernel.money import Money
from payments.gateways.contract import Absence, Outcome
from payments.gateways.failures import GatewayFailure


class RailCapability(StrEnum):
    """Questions to ask instead of `if rail == …`."""

    CALLS = "calls"  # it is spoken to; without, a person pays by a file and confirms
    BANK_ACCOUNTS = "bank_accounts"
    UPI = "upi"
    CONNECTED_ACCOUNTS = "connected_accounts"
    VALIDATES = "validates"  # a destination is looked at by the rail before money goes there
    TRANSFERS_FIRST = "transfers_first"  # money goes to the payee's account at the rail, and from there to their bank
    REVERSES_TRANSFERS = "reverses_transfers"  # what the payee's account there still has can be taken back
    LISTS = "lists"  # what was paid from our own account is listed, whoever made it
    CANCELS = "cancels"  # what waits in a queue of the rail can be stopped
    REPLAYS_IDEMPOTENCY_KEYS = "replays_idempotency_keys"
    TELLS_FLOAT = "tells_float"  # the balance that payouts are drawn on can be read


class Advice(StrEnum):
    """What to do about a payout that failed."""

    RETRY = "retry"  # the same again, later
    FIX = "fix"  # something must change first: the destination, the mode, the float
    FINAL = "final"  # never again to this destination
    ASK = "ask"  # the rail's support knows


class RailState(StrEnum):
    """How a rail's payout stands."""

    QUEUED = "queued"  # the rail has it and has not begun: low balance, its own approval
    PROCESSING = "processing"
    PAID = "paid"
    RETURNED = "returned"  # it was paid, or on its way, and the money is back in our float
    FAILED = "failed"
    CANCELLED = "cancelled"


class CheckState(StrEnum):
    """How a destination stands at the rail."""

    PENDING = "pending"
    GOOD = "good"
    BAD = "bad"
    SUSPENDED = "suspended"  # it was good, and the rail wants something of the payee first


@dataclass(frozen=True, slots=True)
class PayoutView:
    """A payout at the rail. `our_id` and `call_id` are the marks that it carries: anybody with the account can write
    them, so that amount, currency and destination are compared too."""

    payout_id: str
    state: RailState
    amount: Money
    account_id: str  # the destination
    our_id: str
    call_id: str
    created_at: datetime
    livemode: bool
    fee: Money | None = None  # what the rail took for it, with `tax` in it
    tax: Money | None = None
    reference: str = ""  # UTR, trace id
    failure: GatewayFailure | None = None
    advice: Advice | None = None
    waits_for: str = ""  # what one that is queued or processing waits for, in words for the operator
    connected_account: str = ""  # in whose account it was made, where that is not ours


@dataclass(frozen=True, slots=True)
class RailTransferView:
    """A transfer from our balance to a payee's account at the rail. `returned`: what was reversed by now, in sum."""

    transfer_id: str
    amount: Money
    returned: Money
    account_id: str
    our_id: str
    call_id: str
    created_at: datetime
    livemode: bool


@dataclass(frozen=True, slots=True)
class ReversalView:
    """One reversal of a transfer."""

    reversal_id: str
    transfer_id: str
    amount: Money
    call_id: str


@dataclass(frozen=True, slots=True)
class DestinationView:
    """What the rail says of a payee's account there. `needs` is in words for the payee."""

    recipient_id: str
    account_id: str
    check: CheckState
    needs: str = ""
    masked: str = ""
    currencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one call: an outcome, and the object if there is one."""

    outcome: Outcome
    payout: PayoutView | None = None
    transfer: RailTransferView | None = None
    reversal: ReversalView | None = None
    destination: DestinationView | None = None
    failure: GatewayFailure | None = None
    advice: Advice | None = None


@dataclass(frozen=True, slots=True)
class RailAnswer(Reading):
    """The same with what the journal keeps."""

    http_status: int | None = None
    request_id: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewDestination:
    """A payee's account to be made known to the rail. `details` hold what the kind needs: `holder`, `ifsc` and
    `account_number`; `address` of UPI; `account` of a connected account. Never logged."""

    our_id: str  # dst_…
    payee_id: str  # pye_…
    kind: str
    currency: str
    holder: str
    legal_form: str
    country: str
    details: Mapping[str, str] = field(repr=False)
    recipient_id: str = ""  # where the rail knows the payee already


@dataclass(frozen=True, slots=True)
class NewPayout:
    """What a payout is made from. The same values must give the same request, byte for byte."""

    our_id: str  # po_…
    call_id: str  # also the idempotency key
    amount: Money
    account_id: str
    kind: str
    transfer_id: str = ""  # of the transfer before it, where the rail has one
    narration: str = ""
    failed_before: str = ""  # why the payout failed that this one is for again: the same way may be shut


class Rail(Protocol):
    """One rail account. Calls that change something return a RailAnswer and raise nothing but GatewayMisconfigured
    (nothing was executed); reads return the view, None where the rail knows nothing, and raise GatewayUnreachable,
    GatewayMisconfigured, QuestionRefused or UnreadableObject. What a capability is missing for raises NotOffered.

    No method may be called while a database transaction is open; the registry wraps rails so that this raises.
    """

    name: str
    capabilities: frozenset[RailCapability]
    currencies: frozenset[str] | None  # None: any that we know
    absent_payout: Absence
    absent_transfer: Absence

    def why_not_pay(self, amount: Money, *, kind: str) -> GatewayFailure | None:
        """Why the rail would refuse this amount to this kind of destination, before it is asked."""

    def create_recipient(self, *, key: str, new: NewDestination) -> RailAnswer:
        """Makes the payee known to the rail (a contact, an account there). `destination.recipient_id` in the answer."""

    def create_destination(self, *, key: str, new: NewDestination) -> RailAnswer:
        """Makes the account known, and has it validated where the rail does that."""

    def get_destination(self, *, recipient_id: str, account_id: str) -> DestinationView | None: ...

    def create_transfer(self, *, key: str, new: NewPayout) -> RailAnswer:
        """Moves the amount from our balance to the payee's account at the rail. Needs TRANSFERS_FIRST."""

    def find_transfer(self, *, our_id: str, call_id: str, since: datetime) -> RailTransferView | None: ...

    def get_transfer(self, *, transfer_id: str) -> RailTransferView | None: ...

    def reverse_transfer(self, *, key: str, our_id: str, transfer_id: str, amount: Money) -> RailAnswer: ...

    def find_reversal(self, *, call_id: str, transfer_id: str) -> ReversalView | None: ...

    def create_payout(self, *, key: str, new: NewPayout) -> RailAnswer:
        """Sends the amount to the payee's bank. PENDING when the rail has it and has not paid."""

    def find_payout(self, *, our_id: str, call_id: str, account_id: str, since: datetime) -> PayoutView | None: ...

    def get_payout(self, *, payout_id: str, account_id: str) -> PayoutView | None: ...

    def cancel_payout(self, *, key: str, payout_id: str, account_id: str) -> RailAnswer: ...

    def list_payouts(self, *, since: datetime) -> Iterator[PayoutView]:
        """Those made since then in our own account, newest first, in bounded pages. Needs LISTS."""

    def get_float(self, *, currency: str) -> Money | None:
        """What payouts can be drawn on now. Needs TELLS_FLOAT."""
