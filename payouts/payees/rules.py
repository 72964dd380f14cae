"""Decisions about whom we pay and whom not yet, on plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from config.kernel.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Facts:
    """All that decides whether a payee is paid out in one currency at one moment. Amounts in its minor units.

    `destination` is the state of where the money would go ("" without one), `coming` that of a newer one that is not
    active yet; `needs` is what the rail wants of the payee first. `offers` says whether a rail account is configured
    that pays this currency to this kind of destination, `rail_refuses` why the rail would refuse just this amount.
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


def why_not_paid(facts: Facts) -> Verdict:
    """Whether everything that is payable can be frozen and sent now; if not, the one reason to name first, in a line
    that payee and operator both may read."""
    found = (look(facts) for look in (_about_the_payee, _about_the_money, _about_the_way))
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
    if facts.payable_minor <= 0:
        return Verdict.no("nothing_payable", "nothing is payable")
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
        return Verdict.no("no_destination", "there is no account to pay to in this currency")
    if facts.destination == "suspended":
        return Verdict.no("destination_suspended", facts.needs or "the rail wants something of the payee first")
    if facts.cools_until is not None and facts.at < facts.cools_until:
        return Verdict.no(
            "destination_cooling", f"the account to pay to was changed: it is paid from {facts.cools_until:%Y-%m-%d} on"
        )
    if not facts.offers:
        return Verdict.no("rail_not_offered", "no rail pays this currency to this account")
    if facts.rail_refuses:
        return Verdict.no("rail_refuses", facts.rail_refuses)
    return None
