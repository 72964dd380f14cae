"""Decisions about whom we pay, when, and whom not yet, on plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from config.kernel.verdict import Verdict

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def next_due(*, schedule: str, weekday: int, after: datetime) -> datetime | None:
    """When a payee with this schedule is next looked at: the first midnight (UTC) after `after`, of the weekday where
    it is weekly; None where they are paid on request."""
    if schedule == "on_request":
        return None
    midnight = after.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return midnight if schedule == "daily" else midnight + timedelta(days=(weekday - midnight.weekday()) % 7)


def why_approve(*, is_changed: bool, shared_with: int, is_for_another: bool = False) -> str:
    """Why a destination needs a second person, for the operator; empty where it needs none. `shared_with`: how many
    other people have the same one; `is_for_another`: somebody else than the payee proposed it."""
    reasons = ["it takes the place of another one"] if is_changed else []
    if is_for_another:
        reasons.append("the payee did not propose it themselves")
    if shared_with:
        others = "one other payee has" if shared_with == 1 else f"{shared_with} other payees have"
        reasons.append(f"{others} the same")
    return ", and ".join(reasons)


def may_decide(*, actor: str, proposed_by: str, payee: str) -> Verdict:
    """Whether this person may decide about a destination: neither who proposed it nor who is paid by it."""
    if actor in (proposed_by, payee):
        return Verdict.no("four_eyes", "somebody must decide it who neither proposed it nor is paid by it")
    return Verdict.yes()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that decides whether a payee is paid out in one currency at one moment. Amounts in its minor units.

    `destination` is the state of where the money would go ("" without one), `coming` that of a newer one that is not
    active yet; `needs` is what the rail wants of the payee first. `offers` says whether a rail account is configured
    that pays this currency to this kind of destination, `rail_refuses` why the rail would refuse just this amount;
    `is_shut` says that the last payout there failed for a reason that only another account ends, `is_to_mend` for one
    that the payee ends at the rail.
    `refused` is why the newest one was rejected, where there is no other. `frozen_minor` is in payouts that are not
    over, `unapproved_minor` of it waits for a second person, `waits_because` says why some of it waits where it does;
    `reserve_minor` is kept back. `due_at` is when their schedule is next looked at; who asks for it now has none.
    `stranded_minor` of what is payable stands in their account at the gateway, where an older payout left it.
    """

    at: datetime
    payable_minor: int
    receivable_minor: int = 0
    minimum_minor: int = 0
    fee_minor: int = 0
    is_held: bool = False
    is_erased: bool = False
    destination: str = ""
    coming: str = ""
    needs: str = ""
    cools_until: datetime | None = None
    offers: bool = True
    rail_refuses: str = ""
    is_shut: bool = False
    is_to_mend: bool = False
    refused: str = ""
    frozen_minor: int = 0
    unapproved_minor: int = 0
    waits_because: str = ""
    reserve_minor: int = 0
    is_on_request: bool = False
    due_at: datetime | None = None
    stranded_minor: int = 0


def why_not_paid(facts: Facts) -> Verdict:
    """Whether everything that is payable can be frozen and sent now; if not, the one reason to name first, in a line
    that payee and operator both may read."""
    found = (look(facts) for look in (_about_the_payee, _about_the_money, _about_the_way, _about_the_time))
    return next((refusal for refusal in found if refusal is not None), Verdict.yes())


def _about_the_payee(facts: Facts) -> Verdict | None:
    if facts.is_erased:
        return Verdict.no("payee_erased", "the payee's data was erased")
    if facts.is_held:
        return Verdict.no("payee_held", "payouts are held back until we have looked at something")
    return None


def _about_the_money(facts: Facts) -> Verdict | None:
    if facts.receivable_minor > 0:
        return Verdict.no("payee_owes", "what the payee owes us is taken from the next earnings first")
    if facts.payable_minor <= 0 and facts.unapproved_minor:
        return Verdict.no("payout_to_approve", "a payout waits for the approval of a second person")
    if facts.payable_minor <= 0 and facts.waits_because:
        return Verdict.no("payout_waits", f"a payout waits: {facts.waits_because}")
    if facts.payable_minor <= 0 and facts.frozen_minor:
        return Verdict.no("payout_under_way", "all of it is on its way")
    if facts.payable_minor <= 0 and facts.reserve_minor > 0:
        return Verdict.no("all_in_reserve", "nothing is payable yet: all there is is kept in reserve")
    if facts.payable_minor <= 0:
        return Verdict.no("nothing_payable", "nothing is payable")
    if facts.stranded_minor:
        return Verdict.no(
            "stranded_in_account",
            "an older payout stands in their account at the gateway, and comes back from there first",
        )
    if facts.payable_minor < facts.minimum_minor:
        return Verdict.no("below_minimum", "what is payable is below the minimum of a payout")
    if facts.payable_minor <= facts.fee_minor:
        return Verdict.no("below_fee", "what is payable does not cover the fee of a payout")
    return None


def _about_the_way(facts: Facts) -> Verdict | None:
    if not facts.destination:
        if facts.coming == "proposed":
            return Verdict.no("destination_to_approve", "the account to pay to waits for a second person")
        if facts.coming:
            return Verdict.no("destination_verifying", facts.needs or "the account to pay to is being verified")
        if facts.refused:
            return Verdict.no("destination_rejected", f"the account to pay to was rejected: {facts.refused}")
        return Verdict.no("no_destination", "there is no account to pay to in this currency")
    if facts.destination == "suspended":
        return Verdict.no("destination_suspended", facts.needs or "the rail wants something of the payee first")
    if facts.cools_until is not None and facts.at < facts.cools_until:
        return Verdict.no(
            "destination_cooling", f"the account to pay to was changed: it is paid from {facts.cools_until:%Y-%m-%d} on"
        )
    if facts.is_shut:
        return Verdict.no("destination_shut", "this account refused the last payout for good: another one is needed")
    if facts.is_to_mend:
        return Verdict.no(
            "destination_to_mend",
            "this account refused the last payout: it must be put right, or another one given, first",
        )
    if not facts.offers:
        return Verdict.no("rail_not_offered", "no rail pays this currency to this account")
    if facts.rail_refuses:
        return Verdict.no("rail_refuses", facts.rail_refuses)
    return None


def _about_the_time(facts: Facts) -> Verdict | None:
    if facts.is_on_request:
        return Verdict.no("on_request", "it is paid out when the payee asks for it")
    if facts.due_at is not None and facts.at < facts.due_at:
        return Verdict.no("not_due", f"the next payout is due on {facts.due_at:%Y-%m-%d %H:%M} UTC")
    return None
