"""The rails' contract, spoken to RazorpayX."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from config.calls.fields import JSON, text
from config.kernel.money import Money
from payments.gateways.contract import Absence, Outcome
from payments.gateways.failures import (
    GatewayFailure,
    GatewayUnreachable,
    NotOffered,
    QuestionRefused,
    UnreadableObject,
)
from payments.gateways.razorpay.client import RazorpayClient
from payments.gateways.razorpay.fields import CALL_MARK, items_of, mark
from payouts.rails.contract import (
    CheckState,
    DestinationView,
    NewDestination,
    NewPayout,
    PayoutView,
    RailAnswer,
    RailCapability,
    RailTransferView,
    Reading,
    ReversalView,
)
from payouts.rails.razorpayx.calls import change, each, get, post
from payouts.rails.razorpayx.modes import CURRENCY, KINDS, why_not_pay
from payouts.rails.razorpayx.requests import contact_body, fund_account_body, payout_body, validation_body
from payouts.rails.razorpayx.views import balance, destination_view, fund_account_of, payout_view
from payouts.rails.readings import sent, stopped

if TYPE_CHECKING:
    from config.settings.rails import RailAccount

CAPABILITIES: Final = frozenset(
    {
        RailCapability.CALLS,
        RailCapability.BANK_ACCOUNTS,
        RailCapability.UPI,
        RailCapability.CANCELS,
        RailCapability.REPLAYS_IDEMPOTENCY_KEYS,
        RailCapability.TELLS_FLOAT,
        RailCapability.LISTS,
    }
)
CLOCKS_DIFFER: Final = timedelta(minutes=5)
# A validation is looked for among so many of the newest. What is older has been told by its event long ago.
_NEWEST_VALIDATIONS: Final = 500
_UNSEEN = (GatewayUnreachable, QuestionRefused, UnreadableObject)


class RazorpayXRail:
    """One RazorpayX account: a contact for a payee, a fund account for a destination, and payouts from our account
    straight to the payee's bank."""

    def __init__(self, client: RazorpayClient, *, account_number: str, livemode: bool, is_validated: bool) -> None:
        self.name: str = "razorpayx"
        self.capabilities: frozenset[RailCapability] = CAPABILITIES | (
            {RailCapability.VALIDATES} if is_validated else set()
        )
        self.currencies: frozenset[str] | None = frozenset({CURRENCY})
        self.absent_payout = Absence(after=timedelta(minutes=15), times=2, apart=timedelta(minutes=1))
        self.absent_transfer = self.absent_payout
        self._client = client
        self._account_number = account_number
        self._livemode = livemode
        self._is_validated = is_validated

    def why_not_pay(self, amount: Money, *, kind: str) -> GatewayFailure | None:
        return why_not_pay(amount, kind=kind)

    # Whom to pay

    def create_recipient(self, *, key: str, new: NewDestination) -> RailAnswer:
        """A contact. Made twice, it is the same one, or a second one that nobody pays: no money moves."""
        return change(self._client, post("/contacts", contact_body(new)), _contact)

    def create_destination(self, *, key: str, new: NewDestination) -> RailAnswer:
        """A fund account of the contact, and, where this account validates, a validation of it: one, however often
        this is sent."""
        if new.kind not in KINDS:
            return RailAnswer(Outcome.DECLINED, failure=GatewayFailure("destination_not_supported", field="kind"))
        if not new.recipient_id:
            return RailAnswer(Outcome.DECLINED, failure=GatewayFailure("no_recipient", "no contact was made before"))
        made = change(self._client, post("/fund_accounts", fund_account_body(new)), self._unvalidated)
        if made.outcome is not Outcome.SUCCEEDED or made.destination is None or not self._is_validated:
            return made
        return self._validated(made, made.destination, new, key)

    def _unvalidated(self, account: JSON) -> Reading:
        view = destination_view(account, None, is_validated=self._is_validated)
        return Reading(Outcome.SUCCEEDED, destination=view)

    def _validated(self, made: RailAnswer, view: DestinationView, new: NewDestination, key: str) -> RailAnswer:
        try:
            earlier = self._validation_of(view.account_id)
            if earlier is not None:
                return replace(made, destination=destination_view(made.raw, earlier, is_validated=True))
        except _UNSEEN as error:
            return replace(made, outcome=Outcome.UNKNOWN, failure=GatewayFailure("not_looked_at", str(error)))
        body = validation_body(new, key=key, fund_account_id=view.account_id, account_number=self._account_number)

        def read(validation: JSON) -> Reading:
            told = destination_view(made.raw, validation, is_validated=True)
            return Reading(Outcome.SUCCEEDED, destination=told)

        asked = change(self._client, post("/fund_accounts/validations", body), read)
        return asked if asked.destination is not None else replace(asked, destination=view)

    def get_destination(self, *, recipient_id: str, account_id: str) -> DestinationView | None:
        account = get(self._client, f"/fund_accounts/{account_id}") if account_id else None
        if account is None:
            return None
        validation = self._validation_of(account_id) if self._is_validated else None
        return destination_view(account, validation, is_validated=self._is_validated)

    def _validation_of(self, fund_account_id: str) -> JSON | None:
        """The newest of this fund account."""
        found = each(self._client, "/fund_accounts/validations", account_number=self._account_number)
        newest = islice(found, _NEWEST_VALIDATIONS)
        return next((item for item in newest if fund_account_of(item) == fund_account_id), None)

    # Our account to the payee's bank

    def create_payout(self, *, key: str, new: NewPayout) -> RailAnswer:
        body = payout_body(new, account_number=self._account_number)
        return change(self._client, post("/payouts", body, key=key), self._sent)

    def find_payout(self, *, our_id: str, call_id: str, account_id: str, since: datetime) -> PayoutView | None:
        """The one that this call made. Whoever has the account can write our id on another, but not before us."""
        found = self._payouts(since, reference_id=our_id)
        made = next((item for item in found if mark(item, CALL_MARK) == call_id), None)
        return self._view(made) if made is not None else None

    def get_payout(self, *, payout_id: str, account_id: str) -> PayoutView | None:
        payout = get(self._client, f"/payouts/{payout_id}")
        return self._view(payout) if payout is not None else None

    def cancel_payout(self, *, key: str, payout_id: str, account_id: str) -> RailAnswer:
        """Stops what is queued. It may have been stopped before: then the refusal means what was asked for."""
        answer = change(self._client, post(f"/payouts/{payout_id}/cancel", {}), lambda body: stopped(self._view(body)))
        if answer.outcome is not Outcome.DECLINED:
            return answer
        return _as_it_stands(answer, lambda: self.get_payout(payout_id=payout_id, account_id=account_id))

    def list_payouts(self, *, since: datetime) -> Iterator[PayoutView]:
        return (self._view(item) for item in self._payouts(since))

    def get_float(self, *, currency: str) -> Money | None:
        """None where our account is not among those that the key may see."""
        if currency != CURRENCY:
            return None
        found = get(self._client, "/banking_balances")
        for item in items_of(found) if found is not None else []:
            if item.get("account_number") == self._account_number:
                return balance(item)
        return None

    def _payouts(self, since: datetime, **wanted: str) -> Iterator[JSON]:
        start = int((since - CLOCKS_DIFFER).timestamp())
        return each(self._client, "/payouts", account_number=self._account_number, **{"from": start}, **wanted)

    def _view(self, payout: JSON) -> PayoutView:
        return payout_view(payout, livemode=self._livemode)

    def _sent(self, payout: JSON) -> Reading:
        return sent(self._view(payout))

    # What it has not

    def create_transfer(self, *, key: str, new: NewPayout) -> RailAnswer:
        raise NotOffered("RazorpayX pays without a transfer before")

    def find_transfer(self, *, our_id: str, call_id: str, since: datetime) -> RailTransferView | None:
        raise NotOffered("RazorpayX pays without a transfer before")

    def get_transfer(self, *, transfer_id: str) -> RailTransferView | None:
        raise NotOffered("RazorpayX pays without a transfer before")

    def reverse_transfer(self, *, key: str, our_id: str, transfer_id: str, amount: Money) -> RailAnswer:
        raise NotOffered("what RazorpayX paid is at the payee's bank")

    def find_reversal(self, *, call_id: str, transfer_id: str) -> ReversalView | None:
        raise NotOffered("what RazorpayX paid is at the payee's bank")


def _contact(contact: JSON) -> Reading:
    view = DestinationView(recipient_id=text(contact, "id"), account_id="", check=CheckState.PENDING)
    return Reading(Outcome.SUCCEEDED, destination=view)


def _as_it_stands(refusal: RailAnswer, see: Callable[[], PayoutView | None]) -> RailAnswer:
    try:
        view = see()
    except _UNSEEN:
        return replace(refusal, outcome=Outcome.UNKNOWN)
    if view is None:
        return refusal
    reading = stopped(view)
    return replace(refusal, outcome=reading.outcome, payout=view, failure=reading.failure, advice=None)


def build(account: RailAccount) -> RazorpayXRail:
    """The adapter of one rail account. Sends nothing yet."""
    client = RazorpayClient(key_id=account.key_id, key_secret=account.secret_key, api_base=account.api_base)
    return RazorpayXRail(
        client,
        account_number=account.account_number,
        livemode=account.livemode,
        is_validated=account.validates,
    )
