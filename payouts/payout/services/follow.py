"""Asks the rails what became of payouts whose event may be lost: what came back after it was paid, and what nobody here
made."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from django.conf import settings
from django.db.models.functions import Coalesce

from config.kernel.money import Money
from payments.charges.services.start import ensure_account
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable, QuestionRefused, UnreadableObject
from payments.gateways.transfer_views import TransferView
from payments.ledger.accounts import Account
from payments.ledger.models import LedgerLine
from payments.outflows.models import DrawnOn, Outflow
from payments.outflows.services.observe import observe_transfer
from payouts.payout.models import Payout
from payouts.payout.queries import known
from payouts.payout.rules import is_news, is_that
from payouts.payout.services.observe import NOT_OURS, NOTHING_NEW, observe_payout, was_asked_for
from payouts.payout.states import BANK_HAS
from payouts.rails.contract import PayoutView, Rail, RailCapability, RailState
from payouts.rails.registry import rail_for
from payouts.rails.untold import note_untold

log = logging.getLogger(__name__)
ACTOR: Final = "system:following"
PAGE, MOST_LISTED, MOST_ASKED = 100, 20_000, 100
# What was looked at is left alone for so long; a webhook that is only late has come by then.
ASKED_EVERY: Final = timedelta(hours=24)
_SILENT = (GatewayUnreachable, GatewayMisconfigured)


def list_payouts(*, at: datetime) -> int:
    """Reads the payouts of the last days of every rail that lists them, whoever made them. Returns how many were news.
    A rail that cannot be asked now is asked the next time, and keeps no other from its turn."""
    return sum(_list(code, rail, at=at) for code, rail in _rails() if RailCapability.LISTS in rail.capabilities)


def ask_paid(*, at: datetime) -> int:
    """Asks about those payouts that were paid within the last days and that no list has shown for a day: the longest
    unseen first, so many of each rail at once. Returns how many were news."""
    return sum(_ask_each(code, rail, at=at) for code, rail in _rails())


def _rails() -> Iterator[tuple[str, Rail]]:
    for code in settings.RAIL_ACCOUNTS:
        rail = rail_for(code)
        if RailCapability.CALLS in rail.capabilities:
            yield code, rail


def _since(at: datetime) -> datetime:
    return at - timedelta(days=settings.POLICY.payout_followed_days)


def _list(code: str, rail: Rail, *, at: datetime) -> int:
    """What a list shows may be older than what an event told meanwhile: it only says of which to ask."""
    news = 0
    try:
        for views in _pages(islice(rail.list_payouts(since=_since(at)), MOST_LISTED)):
            ours = _ours(code, views)
            for view in views:
                payout = ours.get(view.payout_id)
                if payout is None:
                    news += _of_nobody(code, view, at=at)
                elif is_news(status=payout.status, rail_payout_id=payout.rail_payout_id, state=view.state):
                    news += _follow(payout, _now(rail, payout, view.payout_id), at=at)
            _seen([payout.pk for payout in ours.values()], at=at)
    except (*_SILENT, UnreadableObject):
        log.warning("a rail's payouts could not be listed", extra={"account": code}, exc_info=True)
    return news


def _pages(views: Iterator[PayoutView]) -> Iterator[list[PayoutView]]:
    while page := list(islice(views, PAGE)):
        yield page


def _ours(code: str, views: Iterable[PayoutView]) -> dict[str, Payout]:
    """By the rail's id: those that carry our mark, or that we know by that id, and really are what we asked for."""
    rows = Payout.objects.select_related("destination").filter(rail_account=code)
    marked = {row.public_id: row for row in rows.filter(public_id__in={view.our_id for view in views})}
    named = {row.rail_payout_id: row for row in rows.filter(rail_payout_id__in={view.payout_id for view in views})}
    found = {view.payout_id: marked.get(view.our_id) or named.get(view.payout_id) for view in views}
    return {
        view.payout_id: row
        for view in views
        if (row := found[view.payout_id]) is not None and is_that(known(row), view) and was_asked_for(row)
    }


def _ask_each(code: str, rail: Rail, *, at: datetime) -> int:
    news = 0
    try:
        for payout in _longest_unseen(code, at=at):
            view = _now(rail, payout, payout.rail_payout_id or "")
            _seen([payout.pk], at=at)
            news += _follow(payout, view, at=at)
    except _SILENT:
        log.warning("a rail could not be asked about payouts", extra={"account": code}, exc_info=True)
    return news


def _longest_unseen(code: str, *, at: datetime) -> list[Payout]:
    paid = Payout.objects.select_related("destination").filter(
        rail_account=code, status__in=BANK_HAS, rail_payout_id__isnull=False, paid_at__gte=_since(at)
    )
    unseen = paid.annotate(seen=Coalesce("followed_at", "paid_at")).filter(seen__lt=at - ASKED_EVERY)
    return list(unseen.order_by("seen", "pk")[:MOST_ASKED])


def _seen(keys: list[int], *, at: datetime) -> None:
    Payout.objects.filter(pk__in=keys).update(followed_at=at)


def _now(rail: Rail, payout: Payout, payout_id: str) -> PayoutView | None:
    """The payout as the rail has it now; None where it does not say."""
    try:
        return rail.get_payout(payout_id=payout_id, account_id=payout.destination.account_id)
    except (QuestionRefused, UnreadableObject):
        log.warning("a rail does not say what became of a payout", extra={"payout": payout.public_id}, exc_info=True)
        return None


def _follow(payout: Payout, view: PayoutView | None, *, at: datetime) -> bool:
    """One that cannot be recorded is an alarm, and keeps no other from its turn."""
    if view is None:
        return False
    try:
        note = observe_payout(payout=payout, view=view, actor=ACTOR, at=at)
    except Exception:
        log.exception("what became of a payout could not be recorded", extra={"payout": payout.public_id})
        return False
    if note in (NOTHING_NEW, NOT_OURS):
        return False
    note_untold(rail_account=payout.rail_account, at=at)
    log.error("a payout moved and no event told it", extra={"payout": payout.public_id, "now": note})
    return True


def _of_nobody(code: str, view: PayoutView, *, at: datetime) -> bool:
    """Money that left our float and that nobody here sent: it stands in suspense until it is back, as it does when its
    debit is told. What left before our books knew of the float was never in them; what is back before it was seen to
    leave changed nothing, and says no more what it had cost. One that failed is back, as one of ours is: on a current
    account RazorpayX calls what it had reversed failed in the end."""
    row = Outflow.objects.filter(gateway_account__code=code, gateway_transfer_id=view.payout_id).first()
    is_back = view.state in (RailState.RETURNED, RailState.FAILED)
    if row is None and (view.state is not RailState.PAID or not _is_in_books(code, view)):
        return False
    if row is not None and not is_back:
        return False
    gone = row.amount if row is not None else view.amount + (view.fee or Money(0, view.amount.currency))
    transfer = TransferView(
        transfer_id=view.payout_id,
        amount=gone,
        returned=gone if is_back else Money(0, gone.currency),
        destination=view.account_id,
        created_at=view.created_at,
        livemode=view.livemode,
    )
    note = observe_transfer(account=ensure_account(code), view=transfer, actor=ACTOR, at=at, drawn_on=DrawnOn.FLOAT)
    return note != NOTHING_NEW


def _is_in_books(code: str, view: PayoutView) -> bool:
    lines = LedgerLine.objects.filter(account=Account.FLOAT, owner=code, currency=view.amount.currency)
    began_at = lines.order_by("pk").values_list("effective_at", flat=True).first()
    return began_at is not None and view.created_at >= began_at
