"""Decisions about payouts, on plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from config.kernel.money import Money
from config.kernel.verdict import Verdict
from payouts.payout.states import PAYOUT_STATES
from payouts.rails.contract import PayoutView, RailState, RailTransferView

WHY_SECOND = {
    "no_threshold": "there is no threshold for this currency",
    "above_threshold": "it is above the threshold",
    "above_threshold_of_day": "with those of the same day that went alone it is above the threshold",
    "first_payout": "it is the payee's first payout",
    "first_to_destination": "it is the first payout to this account, or the first since it has another bank",
}


def may_go_alone(
    *, net_minor: int, alone_minor: int, threshold_minor: int | None, is_first: bool, is_first_to_destination: bool
) -> Verdict:
    """Whether a payout is sent without a second person. A currency without a threshold never is; the first one of a
    payee and the first one to an account never are, whatever their amount: that is where stolen money leaves. What
    went alone to the payee on the same day (`alone_minor`) counts: many small ones are a large one."""
    if is_first:
        return Verdict.no("first_payout", WHY_SECOND["first_payout"])
    if is_first_to_destination:
        return Verdict.no("first_to_destination", WHY_SECOND["first_to_destination"])
    if threshold_minor is None:
        return Verdict.no("no_threshold", WHY_SECOND["no_threshold"])
    if net_minor > threshold_minor:
        return Verdict.no("above_threshold", WHY_SECOND["above_threshold"])
    if alone_minor + net_minor > threshold_minor:
        return Verdict.no("above_threshold_of_day", WHY_SECOND["above_threshold_of_day"])
    return Verdict.yes()


def may_decide(*, requested_by: str, payee: str, actor: str) -> Verdict:
    """Nobody approves a payout that they asked for, and nobody their own money."""
    if actor == requested_by:
        return Verdict.no("four_eyes", "who asked for it cannot approve it")
    if actor == payee:
        return Verdict.no("four_eyes", "nobody approves a payout to themself")
    return Verdict.yes()


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of a payout that somebody at the rail says is ours."""

    public_id: str
    net: Money
    account_id: str
    rail_payout_id: str | None = None
    rail_transfer_id: str | None = None


def is_that(known: Known, view: PayoutView) -> bool:
    """Whether a rail's payout is this one of ours: anybody with the account can write our mark on another one, so that
    the amount and where it goes are compared too, and the rail's own id where we have it."""
    if known.rail_payout_id not in (None, view.payout_id) or known.net != view.amount:
        return False
    if view.account_id and known.account_id and view.account_id != known.account_id:
        return False
    return view.our_id == known.public_id or known.rail_payout_id == view.payout_id


def is_that_transfer(known: Known, view: RailTransferView) -> bool:
    """The same of the transfer before it."""
    if known.rail_transfer_id not in (None, view.transfer_id) or known.net != view.amount:
        return False
    return view.our_id == known.public_id or known.rail_transfer_id == view.transfer_id


def target_of(state: RailState, status: str) -> str:
    """What our payout, which is `status`, becomes by what the rail says; empty where that is nothing new.

    A rail's failure after the money was paid, and its return, are one thing to us: it is back. Before that, it never
    left. Paid is believed whatever we booked before.
    """
    if state == RailState.PAID and status == "paid_late":
        return "paid_late"
    if state == RailState.PAID:
        return "paid_late" if status in ("failed", "cancelled", "returned") else "paid"
    if state in (RailState.FAILED, RailState.RETURNED, RailState.CANCELLED) and status in ("paid", "paid_late"):
        return "returned"
    if state == RailState.CANCELLED and status == "in_transit":
        return "cancelled"
    if state in (RailState.FAILED, RailState.RETURNED, RailState.CANCELLED):
        return "failed"
    return "in_transit"


def is_news(*, status: str, rail_payout_id: str | None, state: RailState) -> bool:
    """Whether what a rail's list shows of our payout, which is `status`, may be more than we know: then it is asked
    for."""
    target = target_of(state, status)
    return rail_payout_id is None or (target != status and PAYOUT_STATES.allows(status, target))


def is_covered(*, stands_minor: int, in_flight_minor: int, net_minor: int) -> bool:
    """Whether what payouts are drawn on covers one more, besides those that were sent and have not left it yet."""
    return stands_minor - in_flight_minor >= net_minor


RESEND_WITHIN = timedelta(hours=20)
RESENDS = 2


def may_resend(*, replays: bool, resends: int, absences: int, age: timedelta) -> bool:
    """Whether sending the identical request once more under its key counts as asking what became of it."""
    return replays and resends < RESENDS and not absences and age < RESEND_WITHIN


def split_returned(*, returned_minor: int, in_account_minor: int) -> tuple[int, int]:
    """What came back of a transfer, as (out of what stood in the payee's account for it, given back after their bank
    had it)."""
    from_account = min(returned_minor, max(in_account_minor, 0))
    return from_account, returned_minor - from_account
