"""What operators can do about payouts, each with what it would book shown before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms

from config.admin.acts import Act, Asked, Effect, rehearsing
from config.admin.money import show_money
from config.admin.panel import Tone, numbered
from config.admin.show import words
from config.audit.rehearsal import Moved
from config.kernel.errors import Refused
from config.kernel.money import EXPONENTS
from config.kernel.verdict import Verdict
from config.settings.policy import DEFAULT_CURRENCY
from payouts.payees.models import Payee
from payouts.payees.rules import why_not_paid
from payouts.payout import rules
from payouts.payout.heirs import heir_of
from payouts.payout.models import Payout
from payouts.payout.queries import facts_for_sending, is_recallable, payee_actor, why_taken_back
from payouts.payout.services.decide import approve_payout, cancel_payout
from payouts.payout.services.due import pay_now, retry_payout
from payouts.payout.services.look import is_unseen, look_at_end
from payouts.payout.services.stop import may_be_stopped, stop_payout
from payouts.payout.states import PayoutStatus

MOST_AT_ONCE = 50


def _seen(payout: Payout) -> str:
    return f"{payout.status} {payout.net_minor} {payout.rail_payout_id or ''}"


def _calls(payout: Payout) -> tuple[str, ...]:
    return (f"{words(payout.rail)}: pay {show_money(payout.net)} to {payout.destination.masked}",)


def _approve(payout: Payout, asked: Asked) -> bool:
    return approve_payout(payout_pk=payout.pk, **asked.said)


def _approve_effect(payout: Payout, user: Any, at: datetime) -> Effect:
    by_file, stands = payout.drawn_on == "bank", _stands_in_the_way(payout, at=at)
    leaves = "once somebody took it out into a file and paid that at our bank" if by_file else "within seconds"
    leaves = "once nothing stands in its way" if stands else leaves
    out_of = "our bank account when two people say that the bank paid it" if by_file else (
        "our float when the rail has paid it"
    )  # fmt: skip
    effect = rehearsing(
        _approve,
        f"{show_money(payout.net)} leaves for {payout.destination.masked} {leaves}. It was booked as in transit when it"
        f" was frozen; it leaves {out_of}.",
    )(payout, user, at)
    why = rules.WHY_SECOND.get(payout.why_approval, "")
    calls = () if by_file else _calls(payout)
    cautions = (f"It would not leave now: {stands}.",) if stands else ()
    notes = (f"A second person must approve it: {why}.",)
    return replace(effect, calls=() if stands else calls, notes=notes, cautions=(*effect.cautions, *cautions))


def _stands_in_the_way(payout: Payout, *, at: datetime) -> str:
    """What may have happened since it was frozen, as whoever sends it will see it."""
    facts = facts_for_sending(payout, at=at)
    if taken_back := why_taken_back(payout, owed_minor=facts.receivable_minor):
        return f"{taken_back}, and it is cancelled"
    verdict = why_not_paid(facts)
    return "" if verdict else verdict.detail


APPROVE = Act(
    name="approve",
    title="Approve…",
    confirm="Approve it",
    code="payouts.approve",
    effect=_approve_effect,
    do=_approve,
    done="It is approved, and on its way.",
    fits=lambda payout: payout.status == PayoutStatus.AWAITING_APPROVAL,
    seen=_seen,
    tone=Tone.GOOD,
)


def _cancel(payout: Payout, asked: Asked) -> bool:
    return cancel_payout(payout_pk=payout.pk, **asked.said)


CANCEL = Act(
    name="cancel",
    title="Cancel…",
    confirm="Cancel it",
    code="payouts.approve",
    effect=rehearsing(
        _cancel, "It is not sent. What was frozen is the payee's balance again, and goes with their next payout."
    ),
    do=_cancel,
    done="It is cancelled.",
    fits=is_recallable,
    seen=_seen,
    tone=Tone.BAD,
)
STOP = Act(
    name="stop",
    title="Ask the rail to stop it…",
    confirm="Ask to stop it",
    code="payouts.approve",
    effect=lambda payout, user, at: Effect(
        summary="The rail is asked to stop it while it still waits there. Only when the rail confirms that is the"
        " money the payee's balance again.",
        calls=(f"{words(payout.rail)}: cancel {payout.rail_payout_id}",),
    ),
    do=lambda payout, asked: f"The rail's answer: {words(stop_payout(payout_pk=payout.pk, **asked.said))}.",
    done="The rail was asked.",
    fits=may_be_stopped,
    seen=_seen,
    tone=Tone.BAD,
)


def _retry(payout: Payout, asked: Asked) -> str:
    return _said(retry_payout(payout_pk=payout.pk, **asked.said))


def _retry_effect(payout: Payout, user: Any, at: datetime) -> Effect:
    effect = rehearsing(
        _retry, "Another payout is made of everything that is payable to this payee now. This one stays as it ended."
    )(payout, user, at)
    return replace(effect, notes=(f"It failed because: {payout.failure_detail or words(payout.failure_code)}",))


RETRY = Act(
    name="retry",
    title="Try it again…",
    confirm="Try it again",
    code="payouts.pay",
    effect=_retry_effect,
    do=_retry,
    done="Another payout is made.",
    fits=lambda payout: (
        payout.status in (PayoutStatus.FAILED, PayoutStatus.RETURNED)
        and not Payout.objects.filter(retry_of=payout).exists()
        and heir_of(payout) is None
        and payout.in_account_minor <= 0  # it comes back from there first
    ),
    seen=_seen,
    tone=Tone.GOOD,
)


LOOKED = Act(
    name="looked",
    title="It is looked at…",
    confirm="It is looked at",
    code="payouts.pay",
    effect=lambda payout, user, at: Effect(
        summary="It leaves the list of what needs a person. Nothing is paid, booked or taken back; should it end in"
        " another way after this, it is shown again."
    ),
    do=lambda payout, asked: look_at_end(payout_pk=payout.pk, **asked.said),
    done="It is off the list.",
    fits=is_unseen,
    seen=lambda payout: f"{payout.status} {payout.ended_at}",
    reason_hint="What was found, and what was agreed with the payee.",
)


def _said(payout: Payout) -> str:
    waits = "a second person must approve it" if payout.status == PayoutStatus.AWAITING_APPROVAL else "it is on its way"
    return f"{payout.public_id} over {show_money(payout.net)}: {waits}."


class CurrencyForm(forms.Form):
    """In which currency."""

    currency = forms.ChoiceField(choices=[(code, code) for code in sorted(EXPONENTS)], initial=DEFAULT_CURRENCY)


def _pay_now(payee: Payee, asked: Asked) -> str:
    return _said(pay_now(payee=payee, currency=asked.given["currency"], **asked.said))


PAY_NOW = Act(
    name="pay",
    title="Pay out now…",
    confirm="Pay it out",
    code="payouts.pay",
    effect=lambda payee, user, at: Effect(
        summary="Everything that is payable in one currency is frozen for a payout, whatever the schedule says. What"
        " that would book is shown before anything happens."
    ),
    preview=rehearsing(_pay_now, "This is what happens when you confirm."),
    do=_pay_now,
    done="It is frozen.",
    fits=lambda payee: payee.held_at is None,
    seen=lambda payee: str(payee.held_at),
    form=CurrencyForm,
)


def _waiting() -> list[tuple[str, str]]:
    rows = Payout.objects.filter(status=PayoutStatus.AWAITING_APPROVAL).select_related("payee__user", "destination")
    return [
        (str(row.pk), f"{show_money(row.net)} to {row.payee.user.called},"
                      f" {row.destination.masked}: {rules.WHY_SECOND.get(row.why_approval, '')}")
        for row in rows.order_by("pk")[:MOST_AT_ONCE]
    ]  # fmt: skip


class ManyForm(forms.Form):
    """Which of those that wait."""

    payouts = forms.MultipleChoiceField(label="Payouts", choices=_waiting, widget=forms.CheckboxSelectMultiple)


def _chosen(given: Mapping[str, Any]) -> list[Payout]:
    rows = Payout.objects.filter(pk__in=[int(key) for key in given["payouts"]])
    return list(rows.select_related("payee__user", "destination").order_by("pk"))


def _many_preview(row: Any, user: Any, at: datetime, given: Mapping[str, Any]) -> Effect:
    del row, at
    notes: list[str] = []
    moves: list[Moved] = []
    calls: list[str] = []
    for payout in _chosen(given):
        verdict = _may(payout, user)
        if verdict:
            moves.append(Moved("payout", payout.public_id, "move", payout.status, PayoutStatus.APPROVED, ""))
            calls.extend(() if payout.drawn_on == "bank" else _calls(payout))
        else:
            notes.append(f"{payout.public_id} is left as it is: {verdict.detail}")
    refusal = Verdict.yes() if moves else Verdict.no("nothing_to_approve", "you can approve none of these")
    return Effect(
        summary=f"Approves {numbered(len(moves), 'payout')}, one after the other; each has a result of its own.",
        moves=tuple(moves), calls=tuple(calls), notes=tuple(notes), refusal=refusal,
    )  # fmt: skip


def _may(payout: Payout, user: Any) -> Verdict:
    if payout.status != PayoutStatus.AWAITING_APPROVAL:
        return Verdict.no("payout_decided", f"it is {words(payout.status)}")
    return rules.may_decide(requested_by=payout.requested_by, payee=payee_actor(payout.payee), actor=user.actor)


def _approve_many(row: Any, asked: Asked) -> str:
    """One act per row: what is refused does not stop the others."""
    del row
    done, refused = 0, []
    for payout in _chosen(asked.given):
        try:
            done += approve_payout(payout_pk=payout.pk, **asked.said)
        except Refused as refusal:
            refused.append(f"{payout.public_id}: {refusal.detail}")
    return "; ".join([f"{done} approved", *refused]) + "."


APPROVE_MANY = Act(
    name="approve-many",
    title="Approve several…",
    confirm="Approve them",
    code="payouts.approve",
    effect=lambda row, user, at: Effect(
        summary="Choose among those that wait. What becomes of each is shown before anything happens."
    ),
    preview=_many_preview,
    do=_approve_many,
    done="Approved.",
    seen=lambda row: "",
    form=ManyForm,
    tone=Tone.GOOD,
)
