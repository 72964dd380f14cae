"""What operators can do about refunds: ask for one, and decide one, each with what it would book shown before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from django import forms
from django.conf import settings

from config.admin.acts import PREVIEW, Act, Asked, Effect, effect_of, rehearsing
from config.admin.money import show_money, shown, typed_minor
from config.admin.panel import Tone
from config.admin.show import words
from config.audit.rehearsal import rehearse
from orders.order.models import Order
from payments.escrow.models import EscrowHold
from payments.refunds.models import GOODWILL, REQUESTED, Refund, RefundShare
from payments.refunds.queries import sellers_parts
from payments.refunds.rules import Bearer
from payments.refunds.services.by_staff import request_refund
from payments.refunds.services.decide import approve_refund, reject_refund, withdraw_refund
from payments.refunds.services.plan import Wish, sources
from payments.refunds.states import RefundStatus
from payments.reserves.recovering import cautions_of, recoveries, short

REVIEWS = {
    "no_threshold": "there is no threshold for this currency",
    "platform_bears_it": "the platform bears it because somebody asked for that",
    "above_threshold_of_order": "the order's refunds of 30 days come to more than the threshold",
    "above_threshold_of_requester": "the requester's refunds of a day come to more than the threshold",
}


def why_two(refund: Refund) -> str:
    """Why a second person must approve a refund, in words; empty where none must."""
    return REVIEWS.get(refund.review_code, "")


def bearer_of(share: RefundShare, currency: str) -> str:
    """Who bears a share of a refund, how much, and out of what."""
    amount = shown(share.amount_minor, currency)
    whose = share.hold.payee.called if share.hold else ""
    if share.pot == GOODWILL:
        return f"The platform gives {amount} as goodwill; {whose} keeps theirs."
    return {
        "escrow": f"{amount} of {whose}'s part is still held: nobody has it yet.",
        "released": f"{whose} has been paid: {amount} comes from our fees on it, then from their balance.",
        "unapplied": f"{amount} belongs to nobody.",
        "loss": f"The platform loses {amount}: it is more than what was left.",
    }[share.pot]


def bearers_of(refund: Refund) -> tuple[str, ...]:
    """The same of every share."""
    shares = RefundShare.objects.filter(refund=refund).select_related("hold__payee").order_by("pk")
    return tuple(bearer_of(share, refund.currency) for share in shares)


def call_of(refund: Refund) -> str:
    """What the gateway is asked for."""
    payment = refund.payment
    made = payment.gateway_payment_id or payment.charge_id
    return f"{payment.gateway_account.gateway}: refund {show_money(refund.amount)} of {made}"


def rehearsed(summary: str, act: Callable[[], Sequence[Refund]], *, cautions: Sequence[str] = ()) -> Effect:
    """The effect of an act on refunds: what it would book, who bears it, and what the gateway is asked for then."""

    def run() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        refunds = act()
        given = [refund for refund in refunds if refund.status == RefundStatus.APPROVED]
        waiting = [refund for refund in refunds if refund.status == RefundStatus.REQUESTED]
        return (
            tuple(line for refund in refunds for line in bearers_of(refund)),
            tuple(call_of(refund) for refund in given),
            (*(f"A second person must approve it: {why_two(refund)}. What of its money is still held is frozen until"
               " then." for refund in waiting), *short(recoveries(sellers_parts(waiting)))),
        )  # fmt: skip

    found = rehearse(run)
    notes, calls, waits = found.answer or ((), (), ())
    cautions = (*cautions, *cautions_of(found.lines), *waits)
    return effect_of(found, Effect(summary=summary, notes=notes, calls=calls, cautions=cautions))


class RefundForm(forms.Form):
    """How much, of which seller's part, and who bears it."""

    amount = forms.CharField(
        label="How much", required=False, max_length=20, help_text="For example 12.50; empty for all that is left."
    )
    part = forms.ChoiceField(label="Of which part", required=False)
    bearer = forms.ChoiceField(
        label="Who bears it",
        required=False,
        choices=[("", "As the refund policy says"), (Bearer.PLATFORM.value, "The platform, as goodwill")],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        part = cast("forms.ChoiceField", self.fields["part"])
        part.choices = [("", "All of the order"), *(self.initial.get("parts") or ())]

    def clean_amount(self) -> int | None:
        if not (text := self.cleaned_data["amount"].strip()):
            return None
        return typed_minor(text, self.initial["currency"])


def _parts(order: Order) -> list[tuple[str, str]]:
    parts = order.fulfilments.select_related("seller").order_by("pk")
    return [(part.public_id, f"{part.seller.called}: {shown(part.amount_minor, order.currency)}") for part in parts]


def _request_effect(order: Order, user: Any, at: datetime) -> Effect:
    del user
    parts = list(order.fulfilments.select_related("seller").order_by("pk"))
    names = {part.pk: part.seller.called for part in parts}
    notes = []
    for source in sources(order, parts, policy=settings.POLICY, at=at):
        left, who = shown(source.part.left_minor, order.currency), names[source.hold.fulfilment_id]
        bears = "the platform bears it" if source.bearer == Bearer.PLATFORM else f"{who} bears it"
        rule = bears if source.verdict else f"only as goodwill: {source.verdict.detail}"
        held = source.hold.status in ("held", "frozen")
        notes.append(f"{who}: {left} can be refunded" + ("" if held and source.verdict else f"; {rule}"))
    return Effect(
        summary="Say how much goes back. What that would book, and who bears it, is shown before anything happens.",
        notes=tuple(notes),
        cautions=_disputed(order),
    )


def _disputed(order: Order) -> tuple[str, ...]:
    if not order.disputed_minor:
        return ()
    away = shown(order.disputed_minor, order.currency)
    return (f"{away} of its money is disputed: the bank has it until it decides, and it cannot be refunded.",)


def _wish(given: Mapping[str, Any]) -> Wish:
    return Wish(given["amount"], given["part"], given["bearer"])


def _ask(order: Order, given: Mapping[str, Any], *, actor: str, reason: str, at: datetime) -> list[Refund]:
    return request_refund(
        order_id=order.public_id, wish=_wish(given), reason=reason, requester=actor, policy=settings.POLICY, at=at
    )


def _requested(order: Order, asked: Asked) -> str:
    refunds = _ask(order, asked.given, **asked.said)
    names = ", ".join(refund.public_id for refund in refunds)
    if refunds[0].status == RefundStatus.REQUESTED:
        return (
            f"Asked for as {names}. A second person must approve it; what of its money is still held is frozen until"
            " then."
        )
    return f"{names} is on its way to the buyer."


REQUEST = Act(
    name="refund",
    title="Refund…",
    confirm="Refund it",
    code="refunds.request",
    effect=_request_effect,
    preview=lambda order, user, at, given: rehearsed(
        "This is what happens when you confirm. What is sent to the gateway cannot be called back.",
        lambda: _ask(order, given, actor=user.actor, reason=PREVIEW, at=at),
    ),
    do=_requested,
    done="Asked for.",
    fits=lambda order: order.applied_minor > order.refunded_minor + order.lost_minor + order.disputed_minor,
    seen=lambda order: f"{order.status} {order.refunded_minor} {order.disputed_minor} {_holds(order)}",
    form=RefundForm,
    initial=lambda order: {"parts": _parts(order), "currency": order.currency},
    tone=Tone.BAD,
    reason_hint="What the buyer said. Kept with the refund and in the audit trail, with your name.",
)


def _holds(order: Order) -> str:
    """What the operator saw of its holds: how much each still keeps."""
    left = EscrowHold.objects.filter(fulfilment__order=order).order_by("pk").values_list("remaining_minor", flat=True)
    return ",".join(map(str, left))


def _approve_effect(refund: Refund, user: Any, at: datetime) -> Effect:
    def act() -> list[Refund]:
        approve_refund(refund_pk=refund.pk, actor=user.actor, reason=PREVIEW, at=at)
        return list(Refund.objects.select_related("payment__gateway_account").filter(pk=refund.pk))

    effect = rehearsed(
        f"{show_money(refund.amount)} goes back to the buyer. It is booked at once, and the gateway is asked right"
        " afterwards; that cannot be called back.",
        act,
        cautions=_meanwhile(refund),
    )
    return replace(effect, notes=(f"Asked for because: {refund.reason}", *effect.notes))


def _meanwhile(refund: Refund) -> tuple[str, ...]:
    """What else went back of the same order since this was asked for."""
    others = Refund.objects.filter(payment__ref=refund.payment.ref, pk__gt=refund.pk).exclude(
        status__in=[RefundStatus.REJECTED, RefundStatus.CANCELLED, RefundStatus.VOIDED]
    )
    return tuple(
        f"Since it was asked for, another refund of this order came up: {show_money(other.amount)}, now"
        f" {words(other.status)}{'' if other.cause == REQUESTED else f', because {words(other.cause)}'}."
        for other in others.order_by("pk")[:5]
    )


def _waits(refund: Refund) -> bool:
    return refund.status == RefundStatus.REQUESTED


def _seen(refund: Refund) -> str:
    return f"{refund.status} {refund.amount_minor} {refund.sendings}"


APPROVE = Act(
    name="approve",
    title="Approve…",
    confirm="Approve it",
    code="refunds.approve",
    effect=_approve_effect,
    do=lambda refund, asked: approve_refund(refund_pk=refund.pk, **asked.said),
    done="It is approved, and on its way to the buyer.",
    fits=_waits,
    seen=_seen,
    tone=Tone.GOOD,
)


def _reject(refund: Refund, asked: Asked) -> bool:
    return reject_refund(refund_pk=refund.pk, **asked.said)


def _withdraw(refund: Refund, asked: Asked) -> bool:
    return withdraw_refund(refund_pk=refund.pk, **asked.said)


REJECT = Act(
    name="reject",
    title="Reject…",
    confirm="Reject it",
    code="refunds.approve",
    effect=rehearsing(_reject, "Nothing goes back, and what was frozen for it is free again."),
    do=_reject,
    done="It is rejected.",
    fits=_waits,
    seen=_seen,
    tone=Tone.BAD,
)
WITHDRAW = Act(
    name="withdraw",
    title="Take it back…",
    confirm="Take it back",
    code="refunds.request",
    effect=rehearsing(_withdraw, "It is as if you had not asked: what was frozen for it is free again."),
    do=_withdraw,
    done="You took it back.",
    fits=_waits,
    seen=_seen,
)
