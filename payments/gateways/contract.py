"""What every gateway adapter offers and answers: five outcomes, its capabilities, and the calls themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from config.calls.outcomes import Absence, Outcome
from config.kernel.backoff import Ladder
from config.kernel.money import Money
from payments.gateways.balance_views import BalanceTransactionView
from payments.gateways.dispute_views import DisputeView, Evidence, EvidenceText
from payments.gateways.failures import GatewayFailure
from payments.gateways.method_views import CustomerView, MethodView, SetupView
from payments.gateways.payment_views import PaymentView
from payments.gateways.refund_views import RefundView
from payments.gateways.settlement_views import SettlementLine, SettlementView

# Outcome and Absence are the platform's: who knows gateways by this contract finds them here too.
__all__ = [
    "Absence",
    "Answer",
    "Capability",
    "FetchedEvent",
    "Gateway",
    "LineItem",
    "NewPayment",
    "Outcome",
]


class Capability(StrEnum):
    """Questions to ask instead of `if gateway == …`."""

    MANUAL_CAPTURE = "manual_capture"
    PARTIAL_CAPTURE = "partial_capture"
    HOSTED_CHECKOUT = "hosted_checkout"
    PARTIAL_REFUND = "partial_refund"
    LIST_REFUNDS = "list_refunds"  # all of a payment, whoever made them
    CANCEL_PAYMENT = "cancel_payment"
    STAYS_OPEN = "stays_open"  # nothing ends it: it is given up, and what is paid all the same goes back
    LIST_EVENTS = "list_events"
    BALANCE_TRANSACTIONS = "balance_transactions"
    REPLAYS_IDEMPOTENCY_KEYS = "replays_idempotency_keys"
    SIGNED_BODIES = "signed_bodies"
    SAVED_METHODS = "saved_methods"  # customers save ways of paying there
    CANCEL_SETUP = "cancel_setup"  # what nobody went on with is closed, so that nothing is saved by it later
    OFF_SESSION = "off_session"  # a saved one is charged with nobody present: made first, confirmed second
    CLIENT_CONFIRMATION = "client_confirmation"  # the client brings a signed proof that the customer has paid
    SETTLEMENTS = "settlements"  # payouts to our bank are read, with the lines that a day of them is made of
    DISPUTE_EVIDENCE = "dispute_evidence"  # disputes are read, answered and accepted through its API


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one call: an outcome, the object if there is one, and what the journal keeps."""

    outcome: Outcome
    payment: PaymentView | None = None
    refund: RefundView | None = None
    dispute: DisputeView | None = None
    customer: CustomerView | None = None
    setup: SetupView | None = None
    method: MethodView | None = None
    failure: GatewayFailure | None = None
    http_status: int | None = None
    request_id: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FetchedEvent:
    """An event found by asking: the JSON object as bytes, as a webhook would have carried it."""

    event_id: str
    type: str
    created_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class LineItem:
    name: str
    unit: Money
    quantity: int


@dataclass(frozen=True, slots=True)
class NewPayment:
    """What a payment object is made from. `our_id` (pay_…) and `call_id` travel with it as metadata.

    The same values must give the same request, byte for byte, however often it is sent: a gateway refuses a key that
    comes back with another body. So what depends on the time is reckoned from `opened_at`, never from the clock.
    """

    our_id: str
    call_id: str  # also the idempotency key
    order_id: str
    amount: Money
    capture_manually: bool = False
    hosted: bool = False
    items: tuple[LineItem, ...] = ()
    expires_at: datetime | None = None
    opened_at: datetime | None = None  # when the call's intent was committed; bounds `expires_at` of a hosted checkout
    success_url: str = ""
    cancel_url: str = ""
    email: str = ""
    customer_id: str = ""  # of a saved method: the gateway's ids of customer and method
    method_id: str = ""
    setup_id: str = ""  # the gateway's id of the setup that saved it


class Gateway(Protocol):
    """One gateway account. Calls that change something return an Answer and raise nothing but GatewayMisconfigured
    (nothing was executed); reads return the view, None where the gateway knows nothing, and raise GatewayUnreachable,
    GatewayMisconfigured, QuestionRefused or UnreadableObject.

    No method may be called while a database transaction is open; the registry wraps adapters so that this raises.
    """

    name: str
    capabilities: frozenset[Capability]
    absent_payment: Absence
    absent_refund: Absence
    absent_charge: Absence  # of a charge with nobody present
    public_key: str
    """What the customer's browser needs to know of our account; empty where it needs nothing of ours."""
    schedule: Ladder | None
    """When to ask about a payment that waits, where nobody can rely on events alone: the first step is the delay before
    the first question. None where missed events are listed."""
    refund_schedule: Ladder | None
    """The same for a refund that somebody made at the gateway and that is pending there."""
    bounce_schedule: Ladder | None
    """When to ask about a refund that succeeded, for as long as it may still come back. None where that is listed, or
    where a success is final."""

    def minimum_minor(self, currency: str) -> int | None:
        """The smallest amount it charges, in minor units; None when the currency is not offered."""

    def why_not_charge(self, amount: Money) -> GatewayFailure | None:
        """Why it would refuse to charge `amount`; None when it would not. Asks nobody.

        Codes: currency_not_supported, amount_too_small, amount_too_large, amount_not_a_multiple.
        """

    def verify_confirmation(self, *, gateway_payment_id: str, proof: Mapping[str, str]) -> bool:
        """Whether the gateway signed that this object was paid, in what the client brings from its page. Asks nobody,
        and moves nothing: only what the gateway says when it is asked counts. Raises NotOffered without
        CLIENT_CONFIRMATION."""

    def why_not_say(self, texts: Mapping[EvidenceText, str]) -> GatewayFailure | None:
        """Why these words could not all be handed in against a dispute; None when they could. Asks nobody.

        Codes: evidence_too_long.
        """

    def create_payment(self, new: NewPayment) -> Answer:
        """Makes the payment object; no money moves. Idempotent by `new.call_id` where the gateway replays keys."""

    def capture_payment(self, *, key: str, gateway_payment_id: str, amount: Money) -> Answer:
        """Takes authorised money, once; what is not taken is released. SUCCEEDED too when just this was captured.
        Raises NotOffered without MANUAL_CAPTURE."""

    def cancel_payment(self, *, key: str, gateway_payment_id: str, session_id: str) -> Answer:
        """Closes the object so that it can take no money. DECLINED with the present view when it is too late. Raises
        NotOffered without CANCEL_PAYMENT."""

    def refund_payment(
        self, *, key: str, our_id: str, gateway_payment_id: str, charge_id: str, amount: Money
    ) -> Answer:
        """Gives captured money back. `our_id` (rf_…) and `key` travel with it. PENDING until the bank has decided."""

    def get_payment(self, *, gateway_payment_id: str, session_id: str) -> PaymentView | None:
        """The object as it stands, with its charges. One of the ids may be empty, not both."""

    def find_payment(self, *, our_id: str, call_id: str, since: datetime) -> PaymentView | None:
        """Looks among the objects made since `since` for the one that carries our ids."""

    def get_refund(self, *, refund_id: str) -> RefundView | None: ...

    def find_refund(self, *, our_id: str, call_id: str, gateway_payment_id: str) -> RefundView | None:
        """Looks among the refunds of the payment for the one of ours that this call was to make."""

    def list_refunds(self, *, gateway_payment_id: str) -> Iterator[RefundView]:
        """Every refund of the payment, newest first, whoever made it. Raises NotOffered without LIST_REFUNDS."""

    def get_dispute(self, *, dispute_id: str) -> DisputeView | None:
        """The dispute as it stands, with the movements of our balance. Raises NotOffered without DISPUTE_EVIDENCE."""

    def list_disputes(self, *, since: datetime) -> Iterator[DisputeView]:
        """Disputes opened since then, newest first. Raises NotOffered without DISPUTE_EVIDENCE."""

    def submit_evidence(self, *, key: str, dispute_id: str, evidence: Evidence, submit: bool) -> Answer:
        """Uploads the files and hands the evidence in; `submit` False only keeps it there as a draft. Mostly it can be
        submitted once. DECLINED with the present view when it is too late. Raises NotOffered without DISPUTE_EVIDENCE.
        """

    def accept_dispute(self, *, key: str, dispute_id: str) -> Answer:
        """Concedes it, for good: the money is lost. SUCCEEDED too when it was lost already. Raises NotOffered."""

    def create_customer(self, *, key: str, our_id: str) -> Answer:
        """Makes the customer whose methods are saved; it learns `our_id` of the person and no more. This and the next
        six raise NotOffered without SAVED_METHODS."""

    def start_setup(self, *, key: str, our_id: str, customer_id: str) -> Answer:
        """Makes the object by which the customer saves a method, to be charged later with nobody present."""

    def cancel_setup(self, *, key: str, setup_id: str) -> Answer:
        """Closes a setup, so that nothing can be saved by it any more. SUCCEEDED too when it was closed before;
        DECLINED with the present view when it has saved something, or is at the bank. Raises NotOffered without
        CANCEL_SETUP."""

    def get_setup(self, *, setup_id: str) -> SetupView | None: ...

    def get_method(self, *, method_id: str) -> MethodView | None:
        """The method as it stands, whoever has it saved; without what may not be kept of it."""

    def list_methods(self, *, customer_id: str) -> Iterator[MethodView]:
        """What the customer has saved, newest first."""

    def detach_method(self, *, key: str, method_id: str) -> Answer:
        """Forgets a saved method, for good. SUCCEEDED too when it was forgotten before, or is not there."""

    def confirm_payment(self, *, key: str, gateway_payment_id: str, method_id: str) -> Answer:
        """Charges the saved method for a payment that was made before, with nobody present. DECLINED leaves the same
        object to be confirmed again, also by the customer. Raises NotOffered without OFF_SESSION."""

    def get_balance_transaction(self, *, transaction_id: str) -> BalanceTransactionView | None: ...

    def list_balance_transactions(self, *, since: datetime, until: datetime) -> Iterator[BalanceTransactionView]: ...

    def get_settlement(self, *, settlement_id: str) -> SettlementView | None:
        """A payout to our bank account, or a debit from there. This and the next two raise NotOffered without
        SETTLEMENTS."""

    def list_settlements(self, *, since: datetime) -> Iterator[SettlementView]:
        """Those that were made since then, newest first, in bounded pages."""

    def list_settlement_lines(self, *, day: date) -> Iterator[SettlementLine]:
        """What was settled on that day of the gateway's own calendar, in bounded pages: its fees, with the tax in them,
        stand on the lines."""

    def list_events(self, *, since: datetime) -> Iterator[FetchedEvent]:
        """Events created since then, oldest first, in bounded pages."""
