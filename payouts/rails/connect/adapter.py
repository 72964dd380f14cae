"""The rails' contract, spoken to Stripe Connect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

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
from payments.gateways.stripe.client import StripeConnection, connect
from payments.gateways.stripe.fields import listed, mark, money
from payments.gateways.stripe.lists import CLOCKS_DIFFER, epoch
from payments.gateways.stripe.paging import FetchPage, newest_first
from payments.gateways.stripe.views.marks import CALL_MARK
from payouts.rails.connect.calls import AccountGone, change, look
from payouts.rails.connect.destinations import destination_view
from payouts.rails.connect.requests import (
    account_params,
    payout_params,
    reversal_params,
    transfer_params,
    why_not_pay,
)
from payouts.rails.connect.views import PAYEE_MARK, PAYOUT_MARK, payout_view, reversal_view, transfer_view
from payouts.rails.contract import (
    DestinationView,
    NewDestination,
    NewPayout,
    PayoutView,
    RailAnswer,
    RailCapability,
    RailState,
    RailTransferView,
    Reading,
    ReversalView,
)
from payouts.rails.readings import sent, stopped

if TYPE_CHECKING:
    from stripe import RequestOptions
    from stripe.params import PayoutListParams, TransferListParams, TransferReversalListParams

    from config.settings.rails import RailAccount

NOT_HERE: Final = frozenset({RailCapability.BANK_ACCOUNTS, RailCapability.UPI, RailCapability.LISTS})
_MOST_PAGES: Final = 200


class ConnectRail:
    """One Stripe account that pays others: a transfer to the payee's account there, and a payout from it to their bank.

    What is payable leaves our balance with the transfer; a payout that fails leaves the money in the payee's account.
    """

    def __init__(self, connection: StripeConnection) -> None:
        self.name: str = "stripe_connect"
        self.capabilities: frozenset[RailCapability] = frozenset(RailCapability) - NOT_HERE
        self.currencies: frozenset[str] | None = None
        self.absent_payout = Absence(after=timedelta(minutes=10), times=2, apart=timedelta(minutes=1))
        self.absent_transfer = Absence(after=timedelta(minutes=10), times=2, apart=timedelta(minutes=1))
        self._connection = connection

    def why_not_pay(self, amount: Money, *, kind: str) -> GatewayFailure | None:
        return why_not_pay(amount, kind=kind)

    # Whom to pay

    def create_recipient(self, *, key: str, new: NewDestination) -> RailAnswer:
        known = new.recipient_id or new.details.get("account", "")
        if known:
            return self._known(known, new)
        return change(
            self._connection,
            lambda client: client.v1.accounts.create(account_params(key=key, new=new), {"idempotency_key": key}),
            lambda account: Reading(Outcome.SUCCEEDED, destination=destination_view(account)),
        )

    def create_destination(self, *, key: str, new: NewDestination) -> RailAnswer:
        """The account is the destination: who fills it in is the payee, on Stripe's pages, so that there is nothing to
        make, and Stripe's own check of it is the validation."""
        known = new.recipient_id or new.details.get("account", "")
        return self._known(known, new) if known else self.create_recipient(key=key, new=new)

    def get_destination(self, *, recipient_id: str, account_id: str) -> DestinationView | None:
        try:
            account = self._account(account_id or recipient_id)
        except AccountGone:  # Stripe does not say whether it ever was
            return None
        return destination_view(account) if account is not None else None

    # Our balance to the payee's account

    def create_transfer(self, *, key: str, new: NewPayout) -> RailAnswer:
        return change(
            self._connection,
            lambda client: client.v1.transfers.create(transfer_params(key=key, new=new), {"idempotency_key": key}),
            lambda transfer: Reading(Outcome.SUCCEEDED, transfer=transfer_view(transfer)),
        )

    def find_transfer(self, *, our_id: str, call_id: str, since: datetime) -> RailTransferView | None:
        params = {"transfer_group": our_id, "created": {"gte": epoch(since - CLOCKS_DIFFER)}}
        found = _search(self._transfers, params, our_id=our_id, call_id=call_id)
        return transfer_view(found) if found is not None else None

    def get_transfer(self, *, transfer_id: str) -> RailTransferView | None:
        transfer = look(self._connection, lambda client: client.v1.transfers.retrieve(transfer_id))
        return transfer_view(transfer) if transfer is not None else None

    def reverse_transfer(self, *, key: str, our_id: str, transfer_id: str, amount: Money) -> RailAnswer:
        return change(
            self._connection,
            lambda client: client.v1.transfers.reversals.create(
                transfer_id, reversal_params(key=key, our_id=our_id, amount=amount), {"idempotency_key": key}
            ),
            lambda reversal: Reading(Outcome.SUCCEEDED, reversal=reversal_view(reversal)),
        )

    def find_reversal(self, *, call_id: str, transfer_id: str) -> ReversalView | None:
        def page(params: Mapping[str, Any]) -> JSON:
            wanted = cast("TransferReversalListParams", params)
            given = look(self._connection, lambda client: client.v1.transfers.reversals.list(transfer_id, wanted))
            return given or {"data": []}

        found = _search(page, {}, our_id="", call_id=call_id)
        return reversal_view(found) if found is not None else None

    # The payee's account to their bank

    def create_payout(self, *, key: str, new: NewPayout) -> RailAnswer:
        return change(
            self._connection,
            lambda client: client.v1.payouts.create(
                payout_params(key=key, new=new), {"idempotency_key": key, "stripe_account": new.account_id}
            ),
            lambda payout: sent(payout_view(payout, account_id=new.account_id)),
        )

    def find_payout(self, *, our_id: str, call_id: str, account_id: str, since: datetime) -> PayoutView | None:
        def page(params: Mapping[str, Any]) -> JSON:
            wanted = cast("PayoutListParams", params)
            found = look(self._connection, lambda client: client.v1.payouts.list(wanted, _within(account_id)))
            return found or {"data": []}

        params = {"created": {"gte": epoch(since - CLOCKS_DIFFER)}}
        found = _search(page, params, our_id=our_id, call_id=call_id)
        return payout_view(found, account_id=account_id) if found is not None else None

    def get_payout(self, *, payout_id: str, account_id: str) -> PayoutView | None:
        payout = look(self._connection, lambda client: client.v1.payouts.retrieve(payout_id, {}, _within(account_id)))
        return payout_view(payout, account_id=account_id) if payout is not None else None

    def cancel_payout(self, *, key: str, payout_id: str, account_id: str) -> RailAnswer:
        answer = change(
            self._connection,
            lambda client: client.v1.payouts.cancel(
                payout_id, {}, {"idempotency_key": key, "stripe_account": account_id}
            ),
            lambda payout: stopped(payout_view(payout, account_id=account_id)),
        )
        if answer.outcome is not Outcome.DECLINED:
            return answer
        # It may have been stopped before: then the refusal means that it is what was asked for.
        return self._as_it_stands(answer, lambda: self.get_payout(payout_id=payout_id, account_id=account_id))

    def list_payouts(self, *, since: datetime) -> Iterator[PayoutView]:
        raise NotOffered("each payee's account lists its own payouts; ours are settlements")

    def get_float(self, *, currency: str) -> Money | None:
        balance = look(self._connection, lambda client: client.v1.balance.retrieve())
        for each in listed(balance or {}, "available"):
            if text(each, "currency") == currency.lower():
                return money(each, "amount")
        return Money(0, currency)

    def _known(self, account_id: str, new: NewDestination) -> RailAnswer:
        """An account that is there already, looked at. Nothing is changed, so that an answer that did not come is none.
        One that was made for another payee is refused: whoever names it would be paid into somebody else's bank."""
        try:
            account = self._account(account_id)
            view = destination_view(account) if account is not None else None
        except AccountGone:
            account = view = None
        except (GatewayUnreachable, UnreadableObject) as error:
            return RailAnswer(Outcome.NOT_EXECUTED, failure=GatewayFailure("not_looked_at", str(error)))
        if account is None or view is None:
            return RailAnswer(Outcome.DECLINED, failure=GatewayFailure("account_invalid", "no such account"))
        if mark(account, PAYEE_MARK) not in ("", new.payee_id):
            failure = GatewayFailure("account_of_another", "this account was made for another payee")
            return RailAnswer(Outcome.DECLINED, failure=failure)
        return RailAnswer(Outcome.SUCCEEDED, destination=view, raw=account)

    def _account(self, account_id: str) -> JSON | None:
        return look(self._connection, lambda client: client.v1.accounts.retrieve(account_id))

    def _transfers(self, params: Mapping[str, Any]) -> JSON:
        wanted = cast("TransferListParams", params)
        return look(self._connection, lambda client: client.v1.transfers.list(wanted)) or {"data": []}

    def _as_it_stands(self, refusal: RailAnswer, see: Callable[[], PayoutView | None]) -> RailAnswer:
        try:
            view = see()
        except (GatewayUnreachable, QuestionRefused, UnreadableObject):
            return replace(refusal, outcome=Outcome.UNKNOWN)
        if view is None:
            return refusal
        if view.state is RailState.CANCELLED:
            return replace(refusal, outcome=Outcome.SUCCEEDED, payout=view, failure=None)
        return replace(refusal, outcome=Outcome.DECLINED, payout=view)


def _within(account_id: str) -> RequestOptions:
    """The request is made for the payee's account."""
    return {"stripe_account": account_id}


def _search(fetch: FetchPage, params: Mapping[str, Any], *, our_id: str, call_id: str) -> JSON | None:
    """The object that carries our marks. Raises GatewayUnreachable when there are too many to say that it is not
    among them."""
    for number, page in enumerate(newest_first(fetch, params)):
        if number == _MOST_PAGES:
            raise GatewayUnreachable("too many objects to look through")
        for obj in page:
            made_by_call = bool(call_id) and mark(obj, CALL_MARK) == call_id
            if made_by_call or (bool(our_id) and mark(obj, PAYOUT_MARK) == our_id):
                return obj
    return None


def build(account: RailAccount) -> ConnectRail:
    """The adapter of one rail account. Sends nothing yet."""
    return ConnectRail(connect(secret_key=account.secret_key, api_base=account.api_base))
