"""What every transfer provider offers and answers: states, capabilities, five outcomes, and the calls themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from config.calls.failures import GatewayFailure
from config.calls.outcomes import Absence, Outcome

LARGEST_PAGE: Final = 100


class TransferState(StrEnum):
    """Where a transfer stands at its provider. What we do not understand is `NEEDS_REVIEW`: never guessed at."""

    INITIATED = "initiated"
    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"
    NEEDS_REVIEW = "needs_review"

    @property
    def is_open(self) -> bool:
        """Whether the recipient may still accept."""
        return self in (TransferState.INITIATED, TransferState.PENDING)

    @property
    def has_ended(self) -> bool:
        """Whether the provider says that the recipient has nothing, and gets nothing by this transfer any more."""
        return self in (
            TransferState.DECLINED,
            TransferState.EXPIRED,
            TransferState.CANCELLED,
            TransferState.FAILED,
        )


class TransferCapability(StrEnum):
    """Questions to ask instead of `if provider == …`."""

    CANCEL = "cancel"  # we can take an open transfer back
    WEBHOOKS = "webhooks"  # it tells us, signed over the exact bytes
    LIST_SINCE = "list_since"  # it lists what changed, so that what was not told is found
    PARTIAL_ACCEPT = "partial_accept"  # the recipient may take some of the tickets: a person decides what that means
    BY_HAND = "by_hand"  # nobody but seller and buyer moves it: they hand in a proof and confirm with us


@dataclass(frozen=True, slots=True)
class TicketRef:
    """One ticket that is transferred: our id of it, and the barcode by which its issuer knows it."""

    ticket_id: str
    barcode: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom the tickets go."""

    email: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """What a transfer is made from. `reference` (tt_…) is ours and travels with it: it makes the call idempotent.

    The same values must give the same request however often it is sent.
    """

    reference: str
    tickets: tuple[TicketRef, ...]
    recipient: Recipient
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer as its provider has it. `reference` is empty where it is not one of ours; `tickets` are our ids,
    `recipient` is masked; `status` is the provider's own word for `state`."""

    provider_id: str
    reference: str
    state: TransferState
    tickets: tuple[str, ...]
    recipient: str
    expires_at: datetime | None
    changed_at: datetime
    status: str = ""


@dataclass(frozen=True, slots=True)
class TransferAnswer:
    """What became of one call: an outcome, the transfer if there is one, and what the journal keeps."""

    outcome: Outcome
    transfer: TransferView | None = None
    failure: GatewayFailure | None = None
    http_status: int | None = None
    request_id: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangedPage:
    """Some transfers that changed, the oldest change first, LARGEST_PAGE of them at most. `cursor` asks for the next
    page; empty where this was the last."""

    transfers: tuple[TransferView, ...]
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class TransferEvent:
    """What a verified webhook tells: of which transfer, and the transfer as it stood then, if the body says so."""

    event_id: str
    type: str
    provider_id: str
    occurred_at: datetime
    livemode: bool
    transfer: TransferView | None = None


class TransferProvider(Protocol):
    """One account at one provider. Calls that change something return a TransferAnswer and raise nothing but
    GatewayMisconfigured (nothing was executed); reads return the view, None where the provider knows nothing, and raise
    GatewayUnreachable, GatewayMisconfigured, QuestionRefused or UnreadableObject.

    No method but the two of the webhook may be called while a database transaction is open; the registry wraps adapters
    so that this raises.
    """

    name: str
    capabilities: frozenset[TransferCapability]
    absent: Absence
    """When not finding a transfer by its reference proves that it was never made."""

    def initiate(self, new: NewTransfer) -> TransferAnswer:
        """Offers the tickets to the recipient. Idempotent by `new.reference`: sent again it gives the transfer that is
        there. SUCCEEDED as soon as there is one, whatever its state; DECLINED where the provider will not make it."""

    def get(self, *, provider_id: str) -> TransferView | None:
        """The transfer as it stands."""

    def find_by_reference(self, *, reference: str) -> TransferView | None:
        """The transfer that carries our reference: whether a call whose answer was lost was executed."""

    def cancel(self, *, key: str, provider_id: str) -> TransferAnswer:
        """Takes the tickets back. SUCCEEDED only where the provider says that the recipient gets nothing any more, by
        whichever call or fact; PENDING where it is decided later; DECLINED with the view where the recipient has them.
        Raises NotOffered without CANCEL."""

    def list_changed(self, *, since: datetime, cursor: str = "") -> ChangedPage:
        """Transfers that changed at or after `since`. Raises NotOffered without LIST_SINCE."""

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
        """Whether the provider signed these bytes lately. Asks nobody. Raises `config.inbox.contract.Rejected`, and
        NotOffered without WEBHOOKS."""

    def parse_webhook(self, *, body: bytes) -> TransferEvent:
        """What verified bytes say. Asks nobody. Raises Rejected, and NotOffered without WEBHOOKS."""
