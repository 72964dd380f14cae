"""What operators can do about payees and destinations: hold, let go, set a schedule, propose, decide, reveal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings

from config.admin.acts import Act, Asked, Effect, Reveal
from config.admin.money import read_money
from config.admin.panel import Tone
from config.audit.rehearsal import Moved
from config.kernel.errors import Invalid
from config.kernel.money import EXPONENTS, MoneyError
from config.kernel.verdict import Verdict
from config.settings.policy import DEFAULT_CURRENCY
from payouts.payees import rules
from payouts.payees.models import Destination, DestinationKind, Payee, Schedule
from payouts.payees.queries import current_destination
from payouts.payees.services.decide import approve_destination, reject_destination
from payouts.payees.services.mend import is_to_mend, mend_destination
from payouts.payees.services.propose import propose_destination
from payouts.payees.services.reveal import reveal_destination
from payouts.payees.services.terms import hold_payee, let_go, set_schedule
from payouts.payees.states import DestinationStatus

_CURRENCIES = [(code, code) for code in sorted(EXPONENTS)]
_FIELDS = ("holder", "ifsc", "account_number", "iban", "bic", "routing_number", "address", "account")


class MinimumUnreadable(Invalid):
    """The minimum is not an amount of this currency."""

    code = "minimum_unreadable"


HOLD = Act(
    name="hold",
    title="Keep payouts back…",
    confirm="Keep them back",
    code="payees.hold",
    effect=lambda row, user, at: Effect(
        summary="Nothing more is paid to them, whatever is due, until somebody lets it go.",
        cautions=("What was sent already goes on. The payee is told that it is on hold, and not why.",),
    ),
    do=lambda row, asked: hold_payee(payee=row, **asked.said),
    done="Their payouts are kept back.",
    fits=lambda row: row.held_at is None,
    seen=lambda row: str(row.held_at),
    tone=Tone.BAD,
)
LET_GO = Act(
    name="let-go",
    title="Let payouts go…",
    confirm="Let them go",
    code="payees.hold",
    effect=lambda row, user, at: Effect(summary="They are paid again with the next run.", notes=(row.held_reason,)),
    do=lambda row, asked: let_go(payee=row, **asked.said),
    done="Their payouts go on.",
    fits=lambda row: row.held_at is not None,
    seen=lambda row: str(row.held_at),
    tone=Tone.GOOD,
)


class ScheduleForm(forms.Form):
    """How often, and from how much on."""

    currency = forms.ChoiceField(choices=_CURRENCIES, initial=DEFAULT_CURRENCY)
    schedule = forms.ChoiceField(choices=Schedule.choices)
    weekday = forms.TypedChoiceField(
        choices=list(enumerate(rules.WEEKDAYS)), coerce=int, help_text="Of a weekly schedule, in UTC."
    )
    minimum = forms.CharField(required=False, max_length=20, help_text="For example 500.00; empty for ours.")


def _schedule(row: Payee, asked: Asked) -> bool:
    given, minimum = asked.given, None
    try:
        if given["minimum"]:
            minimum = read_money(given["minimum"], given["currency"]).amount_minor
    except MoneyError as error:
        raise MinimumUnreadable(str(error), field="minimum") from error
    return set_schedule(
        payee=row,
        currency=given["currency"],
        schedule=Schedule(given["schedule"]),
        weekday=given["weekday"],
        minimum_minor=minimum,
        **asked.said,
    )


SCHEDULE = Act(
    name="schedule",
    title="Set the schedule…",
    confirm="Set it",
    code="payees.manage",
    effect=lambda row, user, at: Effect(summary="They are paid as often, and from as much on, as you say."),
    do=_schedule,
    done="The schedule is set.",
    seen=lambda row: "",
    form=ScheduleForm,
)


class DestinationForm(forms.Form):
    """What the kind needs: holder with IFSC and number (INR), IBAN, routing number and number (USD), or BIC and number;
    holder and address of UPI; the connected account's id."""

    currency = forms.ChoiceField(choices=_CURRENCIES, initial=DEFAULT_CURRENCY)
    kind = forms.ChoiceField(choices=DestinationKind.choices)
    holder = forms.CharField(required=False, max_length=120)
    ifsc = forms.CharField(required=False, max_length=20, label="IFSC")
    account_number = forms.CharField(required=False, max_length=40)
    iban = forms.CharField(required=False, max_length=50, label="IBAN")
    bic = forms.CharField(required=False, max_length=20, label="BIC")
    routing_number = forms.CharField(required=False, max_length=20)
    address = forms.CharField(required=False, max_length=100, label="UPI address")
    account = forms.CharField(required=False, max_length=70, label="Connected account (acct_…)")


def _propose(row: Payee, asked: Asked) -> str:
    given = asked.given
    destination = propose_destination(
        payee=row,
        currency=given["currency"],
        kind=given["kind"],
        details={name: given[name] for name in _FIELDS if given[name]},
        **asked.said,
    )
    waits = " A second person approves it." if destination.status == DestinationStatus.PROPOSED else ""
    return f"{destination.masked} is proposed.{waits}"


PROPOSE = Act(
    name="propose",
    title="Propose a destination…",
    confirm="Propose it",
    code="payees.manage",
    effect=lambda row, user, at: Effect(
        summary="Their money in this currency is to go there. A second person approves it, and a change then cools.",
        notes=(
            "A bank account in INR: holder, IFSC and account number.",
            "One with an IBAN: holder and IBAN, perhaps the BIC. In the US: holder, routing number and account number."
            " Elsewhere: holder, BIC and account number.",
            "UPI: holder and UPI address. A connected account: its id, or nothing: one is made for them then.",
        ),
        cautions=("The payee is written to at once.",),
    ),
    do=_propose,
    done="It is proposed.",
    seen=lambda row: "",
    form=DestinationForm,
)


def _refusal(row: Destination, user: Any) -> Verdict:
    return rules.may_decide(actor=user.actor, proposed_by=row.proposed_by, payee=row.payee.user.actor)


def _approve_effect(row: Destination, user: Any, at: datetime) -> Effect:
    del at
    before = current_destination(row.payee, row.currency)
    cools = f"; then nothing is paid for {settings.POLICY.payout_cooling_hours} hours"
    notes = [f"It takes the place of {before.masked} once it is active{cools}."] if before else []
    return Effect(
        summary=f"Payouts to {row.payee.user.called} in {row.currency} go to {row.masked}.",
        moves=(Moved("destination", row.public_id, "move", row.status, DestinationStatus.VERIFYING, ""),),
        notes=tuple(notes),
        cautions=(
            f"It waits for you because {row.why_approval}.",
            "Ask the payee, on a way that they did not name here.",
        ),
        refusal=_refusal(row, user),
    )


APPROVE = Act(
    name="approve",
    title="Approve…",
    confirm="Approve it",
    code="payees.approve",
    effect=_approve_effect,
    do=lambda row, asked: approve_destination(destination=row, **asked.said),
    done="It is approved.",
    fits=lambda row: row.status == DestinationStatus.PROPOSED,
    tone=Tone.GOOD,
)
REJECT = Act(
    name="reject",
    title="Reject…",
    confirm="Reject it",
    code="payees.approve",
    effect=lambda row, user, at: Effect(
        summary=f"Nothing will go to {row.masked}. What was there before stays.", refusal=_refusal(row, user)
    ),
    do=lambda row, asked: reject_destination(destination=row, **asked.said),
    done="It is rejected.",
    fits=lambda row: row.status in (DestinationStatus.PROPOSED, DestinationStatus.VERIFYING),
    tone=Tone.BAD,
    reason_hint="The payee reads it.",
)


def _reveal(row: Destination, asked: Asked) -> Reveal:
    details: Mapping[str, str] = reveal_destination(destination=row, **asked.said)
    return Reveal(
        title=f"Destination {row.masked}",
        secret=", ".join(f"{name}: {value}" for name, value in details.items()),
        note="That you saw it, and why, is kept.",
    )


REVEAL = Act(
    name="reveal",
    title="Show the details…",
    confirm="Show them",
    code="payees.reveal",
    effect=lambda row, user, at: Effect(summary="You see on the next page, once, what is kept encrypted."),
    do=_reveal,
    done="They were shown once.",
    fits=lambda row: row.details is not None,
)
MEND = Act(
    name="mend",
    title="It takes money again…",
    confirm="Pay there again",
    code="payees.approve",
    effect=lambda row, user, at: Effect(
        summary="Payouts go there again with the next run, as if it had refused none.",
        cautions=("Ask the payee first: what it refuses again may cost a fee.",),
    ),
    do=lambda row, asked: mend_destination(destination=row, **asked.said),
    done="Payouts go there again.",
    fits=is_to_mend,
    seen=lambda row: f"{row.status} {row.mended_at}",
    tone=Tone.GOOD,
)
