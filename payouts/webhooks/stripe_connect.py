"""What Stripe tells of payees' accounts there, and of transfers to them: one line of translation per event type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q

from config.calls.models import GatewayCall
from config.inbox.contract import Event, Handled, Hopeless, NeedsFetch
from payments.charges.services.start import GatewayDown
from payments.gateways.failures import GatewayUnreachable, UnreadableObject
from payments.webhooks import stripe
from payouts.payees.models import Destination
from payouts.payees.services.observe import observe_destination
from payouts.payout.models import Payout
from payouts.payout.queries import known
from payouts.payout.rules import is_that, is_that_transfer
from payouts.payout.services.observe import observe_payout, observe_transfer
from payouts.payout.states import ENDED_UNPAID
from payouts.rails.connect.views import payout_view, transfer_view
from payouts.rails.contract import CheckState, DestinationView, PayoutView, RailState, RailTransferView
from payouts.rails.registry import rail_for

# Our own account there, as rail and gateway alike; the one that listens to payees' accounts has its credentials.
ACCOUNT: Final = "stripe"
RAIL: Final = "stripe_connect"
LET_GO: Final = "The account at Stripe was disconnected from us. Name another one, or connect it again."
Fetched = Mapping[tuple[str, str], Any]


def fetch(*, account: str, kind: str, object_id: str) -> DestinationView | PayoutView | None:
    """Answers NeedsFetch: how a payee's account stands now, or a payout in it, as `account/payout`. Raises GatewayDown:
    the event is tried again."""
    del account
    try:
        if kind == "payout":
            account_id, _, payout_id = object_id.partition("/")
            return rail_for(ACCOUNT).get_payout(payout_id=payout_id, account_id=account_id)
        return rail_for(ACCOUNT).get_destination(recipient_id=object_id, account_id=object_id)
    except GatewayUnreachable as error:
        raise GatewayDown from error


@dataclass(frozen=True, slots=True)
class Told:
    """An event about the account of a payee, with what was fetched for it."""

    event: Event
    fetched: Fetched
    at: datetime
    account_id: str

    @property
    def obj(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.event.payload["data"]["object"]
        return found

    @property
    def actor(self) -> str:
        return f"gateway:{self.event.source}"


def handle(event: Event, *, fetched: Fetched, at: datetime) -> Handled:
    """An event about a payee's account, in the engine's transaction. One about our own comes in by its own endpoint."""
    translate = TRANSLATIONS.get(event.type)
    if translate is None:
        return Handled.ignored("a type that we do not handle")
    account_id = event.payload.get("account")
    if not isinstance(account_id, str) or not account_id:
        return Handled.foreign("of our own account, whose events come by another endpoint")
    try:
        return translate(Told(event, fetched, at, account_id))
    except UnreadableObject as unreadable:
        raise Hopeless("unreadable_object", str(unreadable)) from unreadable


def handle_transfer(event: Event, *, fetched: Fetched, at: datetime) -> Handled:
    """`transfer.*` of our own account: of a payout of ours, or money that nobody here sent, as the payments see it."""
    if event.payload.get("account"):
        return stripe.handle(event, fetched=fetched, at=at)
    try:
        view = transfer_view(event.payload["data"]["object"])
    except UnreadableObject as unreadable:
        raise Hopeless("unreadable_object", str(unreadable)) from unreadable
    payout = _payout_of_transfer(view)
    if payout is None:
        return stripe.handle(event, fetched=fetched, at=at)
    note = observe_transfer(payout=payout, view=view, actor=f"gateway:{event.source}", at=at)
    return Handled.processed(f"{payout.public_id}: {note}", payout.payee.user.public_id)


def _payout_of_transfer(view: RailTransferView) -> Payout | None:
    """The payout that a transfer is of. Whoever works in Stripe's dashboard can write our marks: so it is ours where it
    is the one that we know, or where amount, currency and receiver are the payout's and a call of ours made it, which
    was committed before it was sent. What carries our mark and is not that is unexplained."""
    found = _marked(view.our_id, Q(rail_transfer_id=view.transfer_id))
    if found is None or not is_that_transfer(known(found), view) or view.account_id != found.destination.account_id:
        return None
    if found.rail_transfer_id == view.transfer_id:
        return found
    return found if _is_our_call(view.call_id, found, "payout.transfer") else None


def _payout(told: Told) -> Handled:
    """`payout.*`: from a payee's account to their bank. They may make some of their own."""
    view = payout_view(told.obj, account_id=told.account_id)
    payout = _payout_of(view)
    if payout is None:
        return Handled.foreign("a payout of the payee's own")
    if view.state is RailState.PAID and payout.status in ENDED_UNPAID:
        # An older word that it was paid cannot be told from a newer one: Stripe is asked how it stands.
        view = _present(told, view) or view
    note = observe_payout(payout=payout, view=view, actor=told.actor, at=told.at)
    return Handled.processed(f"{payout.public_id}: {note}", payout.payee.user.public_id)


def _present(told: Told, view: PayoutView) -> PayoutView | None:
    asked_for = ("payout", f"{told.account_id}/{view.payout_id}")
    try:
        found: PayoutView | None = told.fetched[asked_for]
    except KeyError:
        raise NeedsFetch(*asked_for) from None
    return found


def _payout_of(view: PayoutView) -> Payout | None:
    """The same for a payout. A payee can write our marks on one that they make by themselves."""
    found = _marked(view.our_id, Q(rail_payout_id=view.payout_id))
    if found is None or not is_that(known(found), view) or view.account_id != found.destination.account_id:
        return None
    if found.rail_payout_id == view.payout_id:
        return found
    return found if _is_our_call(view.call_id, found, "payout.create") else None


def _marked(our_id: str, by_rail: Q) -> Payout | None:
    rows = Payout.objects.select_related("payee__user", "destination").filter(rail=RAIL, rail_account=ACCOUNT)
    return rows.filter(by_rail).first() or (rows.filter(public_id=our_id).first() if our_id else None)


def _is_our_call(call_id: str, payout: Payout, operation: str) -> bool:
    return GatewayCall.objects.filter(
        public_id=call_id, subject_type="payout", subject_id=payout.public_id, operation=operation
    ).exists()


def _account(told: Told) -> Handled:
    """`account.updated`, `account.external_account.*`: events come in any order, and an account that went back and
    forth must not end where it was. So what an event says is not believed: the account is asked for as it is now."""
    if not _destinations(told.account_id):
        return Handled.foreign("no account that we pay to")
    try:
        view: DestinationView | None = told.fetched["destination", told.account_id]
    except KeyError:
        raise NeedsFetch("destination", told.account_id) from None
    return _seen(told, view or _let_go(told.account_id))


def _deauthorized(told: Told) -> Handled:
    """`account.application.deauthorized`: nothing can be asked of it any more."""
    if not _destinations(told.account_id):
        return Handled.foreign("no account that we pay to")
    return _seen(told, _let_go(told.account_id))


def _let_go(account_id: str) -> DestinationView:
    return DestinationView(recipient_id=account_id, account_id=account_id, check=CheckState.SUSPENDED, needs=LET_GO)


def _destinations(account_id: str) -> list[Destination]:
    rows = Destination.objects.filter(rail=RAIL, account_id=account_id)
    return list(rows.select_related("payee__user").order_by("pk"))


def _seen(told: Told, view: DestinationView) -> Handled:
    changed, concerned = [], []
    for destination in _destinations(told.account_id):
        concerned.append(destination.payee.user.public_id)
        if observe_destination(destination=destination, view=view, actor=told.actor, at=told.at):
            changed.append(f"{destination.public_id}: {view.check}")
    return Handled.processed(", ".join(changed) or "known already", *dict.fromkeys(concerned))


TRANSLATIONS: Final[dict[str, Callable[[Told], Handled]]] = {
    "payout.created": _payout,
    "payout.updated": _payout,
    "payout.paid": _payout,
    "payout.failed": _payout,
    "payout.canceled": _payout,
    "account.updated": _account,
    "account.external_account.created": _account,
    "account.external_account.updated": _account,
    "account.external_account.deleted": _account,
    "account.application.deauthorized": _deauthorized,
}
