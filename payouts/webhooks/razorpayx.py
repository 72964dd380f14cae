"""RazorpayX's webhooks: one line of translation per event type. They come in by Razorpay's door, with their own secret,
and so under an account of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from config.inbox.contract import Event, Handled, Hopeless, NeedsFetch, Park
from config.kernel.money import Money
from payments.charges.services.start import ensure_account
from payments.gateways.failures import UnreadableObject
from payments.gateways.transfer_views import TransferView
from payments.outflows.models import DrawnOn
from payments.outflows.services.observe import observe_transfer
from payments.webhooks.razorpay import entities
from payouts.payees.models import Destination
from payouts.payees.services.observe import observe_destination
from payouts.payees.states import COMING
from payouts.payout.models import Payout
from payouts.payout.queries import known
from payouts.payout.rules import is_that
from payouts.payout.services.observe import NOT_OURS, observe_payout, was_asked_for
from payouts.payout.states import ENDED_UNPAID
from payouts.rails.contract import DestinationView, PayoutView, RailState
from payouts.rails.razorpayx.views import Movement, movement, payout_view, validation_view
from payouts.treasury.arrivals import observe_credit
from payouts.webhooks.finding import about, destinations_of, fetch, payout_of

__all__ = ["TRANSLATIONS", "fetch", "handle"]

RAIL = "razorpayx"
ACTOR = "gateway:razorpayx"
_OF_PAYOUTS = ("payout", "reversal")


@dataclass(frozen=True, slots=True)
class Told:
    """An event with its objects, what was fetched for it, and the instant."""

    event: Event
    found: Mapping[str, Mapping[str, Any]]
    fetched: Mapping[tuple[str, str], Any]
    at: datetime

    def present(self, payout_id: str) -> PayoutView | None:
        """The payout as RazorpayX has it now; the engine fetches it and runs us again if it is not here yet."""
        try:
            view: PayoutView | None = self.fetched["payout", payout_id]
        except KeyError:
            raise NeedsFetch("payout", payout_id) from None
        return view


def handle(event: Event, *, fetched: Mapping[tuple[str, str], Any], at: datetime) -> Handled:
    """One event, in the engine's transaction."""
    translate = TRANSLATIONS.get(event.type)
    if translate is None:
        return Handled.ignored("a type that we do not handle")
    try:
        return translate(Told(event, entities(event.payload), fetched, at))
    except UnreadableObject as unreadable:
        raise Hopeless("unreadable_object", str(unreadable)) from unreadable


def _payout(told: Told) -> Handled:
    """A payout as it was then: a fact where it is ours, and nothing where it is not."""
    view = payout_view(_whole(told), livemode=told.event.livemode)
    payout = payout_of(rail_account=told.event.account, our_id=view.our_id, payout_id=view.payout_id)
    if payout is None:
        return Handled.foreign("a payout that nobody here made")
    # An older word that it was paid cannot be told from a newer one: it is asked how it stands.
    if view.state is RailState.PAID and payout.status in ENDED_UNPAID:
        view = told.present(view.payout_id) or view
    return _observed(told, payout, view)


def _whole(told: Told) -> Mapping[str, Any]:
    """The payout. One published sample has half of its fields beside it: both halves are it."""
    inner = told.event.payload.get("payload")
    wrapped = inner.get("payout") if isinstance(inner, Mapping) else None
    beside = {name: value for name, value in wrapped.items() if name != "entity"} if wrapped else {}
    return {**beside, **told.found.get("payout", {})}


def _observed(told: Told, payout: Payout, view: PayoutView) -> Handled:
    note = observe_payout(payout=payout, view=view, actor=ACTOR, at=told.at)
    return Handled.foreign(note) if note == NOT_OURS else about(payout, note)


def _validation(told: Told) -> Handled:
    """What a payee's bank says of their account. Where we do not know that account yet, because the bank was faster
    than RazorpayX's answer to us, the event waits for it: the mark alone would let anybody with the key say where
    money goes."""
    view, our_id = validation_view(told.found.get("fund_account.validation"))
    found = destinations_of(rail=RAIL, our_id=our_id, account_id=view.account_id)
    if not found:
        return Handled.foreign("an account that nobody here gave")
    early = next((each for each in found if not each.account_id and each.status in COMING), None)
    if early is not None:
        raise Park(early.public_id)
    notes = [_told_of(told, destination, view) for destination in found]
    people = {destination.payee.user.public_id for destination in found}
    return Handled.processed(", ".join(notes), *sorted(people))


def _told_of(told: Told, destination: Destination, view: DestinationView) -> str:
    if not destination.account_id:
        return f"{destination.public_id}: it has no account, and has ended"
    changed = observe_destination(destination=destination, view=view, actor=ACTOR, at=told.at)
    return f"{destination.public_id}: {destination.status if changed else 'known already'}"


def _transaction(told: Told) -> Handled:
    """A line of the account that payouts are drawn on: ours, money that came, or money that left and nobody here
    sent."""
    line = movement(told.found.get("transaction"))
    if line.account_number != settings.RAIL_ACCOUNTS[told.event.account].account_number:
        return Handled.foreign("a line of another account")
    if line.source in _OF_PAYOUTS and line.payout_id:
        return _line_of_payout(told, line)
    if line.amount.amount_minor > 0:
        return _came(told, line)
    return _outflow(told, line, object_id=line.transaction_id)


def _came(told: Told, line: Movement) -> Handled:
    """Money that came: the treasury books what people say that our bank sent, and looks whether this is it."""
    credit = observe_credit(
        rail_account=told.event.account,
        transaction_id=line.transaction_id,
        amount=line.amount,
        source=line.source,
        reference=line.reference,
        came_at=line.created_at,
        at=told.at,
    )
    named = line.source or "of nobody named"
    return Handled.processed(f"{credit.public_id}: {line.amount} came to the float ({named})")


def _line_of_payout(told: Told, line: Movement) -> Handled:
    """The debit of a payout, or what came back of it. By its id it is ours; where the answer to our request was lost it
    is not known by that yet, and RazorpayX is asked what the payout carries."""
    payout = payout_of(rail_account=told.event.account, our_id="", payout_id=line.payout_id)
    if payout is None:
        view = told.present(line.payout_id)
        marked = payout_of(rail_account=told.event.account, our_id=view.our_id, payout_id="") if view else None
        if view is None or marked is None or not is_that(known(marked), view) or not was_asked_for(marked):
            return _outflow(told, line, object_id=line.payout_id)
        observe_payout(payout=marked, view=view, actor=ACTOR, at=told.at)
        payout = marked
    return about(payout, "its debit" if line.amount.amount_minor < 0 else "what came back of it")


def _outflow(told: Told, line: Movement, *, object_id: str) -> Handled:
    """Nobody here sent it: it stands in suspense until it is back. What is back is told by itself, and all of it."""
    account = ensure_account(told.event.account)
    came_back = line.amount.amount_minor > 0
    amount = line.amount if came_back else -line.amount
    view = TransferView(
        transfer_id=object_id,
        amount=amount,
        returned=amount if came_back else Money(0, amount.currency),
        destination=line.fund_account_id or line.source,
        created_at=line.created_at,
        livemode=told.event.livemode,
    )
    note = observe_transfer(account=account, view=view, actor=ACTOR, at=told.at, drawn_on=DrawnOn.FLOAT)
    return Handled.processed(f"{object_id}, which nobody here made: {note}")


def _downtime(told: Told) -> Handled:
    """Weather at the banks: RazorpayX queues by itself what would fail, and says so of each payout."""
    downtime = told.found.get("payout.downtime", {})
    methods = downtime.get("method")
    named = ", ".join(str(each) for each in methods) if isinstance(methods, list) else ""
    return Handled.ignored(f"{named or 'a mode'} is {str(downtime.get('status', 'down'))[:40]} at a bank")


def _payout_link(told: Told) -> Handled:
    """Nothing here makes links: what one pays is a payout that nobody here made, and told as such."""
    return Handled.foreign("a payout link, which nobody here makes")


TRANSLATIONS: dict[str, Callable[[Told], Handled]] = {
    "payout.pending": _payout,
    "payout.queued": _payout,
    "payout.initiated": _payout,
    "payout.processed": _payout,
    "payout.updated": _payout,
    "payout.reversed": _payout,
    "payout.failed": _payout,
    "payout.rejected": _payout,
    "fund_account.validation.completed": _validation,
    "fund_account.validation.failed": _validation,
    "transaction.created": _transaction,
    "payout.downtime.started": _downtime,
    "payout.downtime.resolved": _downtime,
    "payout_link.pending": _payout_link,
    "payout_link.issued": _payout_link,
    "payout_link.processing": _payout_link,
    "payout_link.processed": _payout_link,
    "payout_link.attempted": _payout_link,
    "payout_link.cancelled": _payout_link,
    "payout_link.rejected": _payout_link,
    "payout_link.expired": _payout_link,
}
