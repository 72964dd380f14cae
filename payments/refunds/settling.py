"""What operators can do about a refund that failed: send it again, or end it by a second person's word."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings

from config.admin.acts import Act, Asked, Effect, rehearsing
from config.admin.money import show_money
from config.admin.panel import Tone
from config.audit.rehearsal import Moved
from config.proposals.acts import Deciding
from config.proposals.fields import BankReference, OurBankAccount
from config.proposals.services import waiting
from payments.refunds.acts import call_of
from payments.refunds.models import Refund, RefundProposal
from payments.refunds.services.again import send_again
from payments.refunds.services.settle import Kind, confirm, decline, propose
from payments.refunds.states import RefundStatus


def open_proposal(refund: Refund) -> RefundProposal | None:
    """What somebody proposed for this refund and nobody has decided."""
    return waiting(refund.proposals.all())


def _is_free(refund: Refund) -> bool:
    return refund.status == RefundStatus.FAILED and open_proposal(refund) is None


def _seen(refund: Refund) -> str:
    proposal = open_proposal(refund)
    return f"{refund.status} {refund.amount_minor} {refund.sendings} {proposal.public_id if proposal else ''}"


def _again_effect(refund: Refund, user: Any, at: datetime) -> Effect:
    del user, at
    return Effect(
        summary="The gateway is asked to make another refund of the same amount. The one that failed is let go:"
        " whatever is still told of it changes nothing.",
        calls=(call_of(refund),),
        moves=(Moved("refund", refund.public_id, "move", refund.status, RefundStatus.SENDING, ""),),
        notes=(f"It failed because: {refund.failure_detail or refund.failure_code or 'the gateway does not say'}",),
        cautions=("A card that is closed refuses it again. Then agree with the buyer on a payment from our bank.",),
    )


SEND_AGAIN = Act(
    name="again",
    title="Send it again…",
    confirm="Send it again",
    code="refunds.approve",
    effect=_again_effect,
    do=lambda refund, asked: send_again(refund_pk=refund.pk, **asked.said),
    done="It is sent again within seconds.",
    fits=_is_free,
    seen=_seen,
    tone=Tone.GOOD,
)


class PaidForm(forms.Form):
    """Which of our bank accounts gave the money, and how the bank finds the payment."""

    bank_account = OurBankAccount(label="From")
    reference = BankReference(help_text="For example the UTR. The buyer's bank finds it by this.")


def _propose(refund: Refund, asked: Asked, kind: Kind) -> None:
    propose(
        refund_pk=refund.pk,
        kind=kind,
        bank_account=asked.given.get("bank_account", ""),
        reference=asked.given.get("reference", ""),
        bank_accounts=settings.POLICY.bank_accounts,
        **asked.said,
    )


def _void(refund: Refund, asked: Asked) -> None:
    _propose(refund, asked, Kind.VOIDED)


PROPOSE_PAID = Act(
    name="paid",
    title="It was paid another way…",
    confirm="Propose it",
    code="refunds.approve",
    effect=lambda refund, user, at: Effect(
        summary=f"You say that the buyer got {show_money(refund.amount)} from our bank. Another person must confirm it;"
        " then it is booked from that bank account, and is owed no more.",
        cautions=("Nothing is paid from here. Pay it first, and name the bank's reference.",),
    ),
    do=lambda refund, asked: _propose(refund, asked, Kind.PAID_OTHERWISE),
    done="Proposed. Another person must confirm it.",
    fits=_is_free,
    seen=_seen,
    form=PaidForm,
)
PROPOSE_VOID = Act(
    name="void",
    title="Give it up…",
    confirm="Propose it",
    code="refunds.approve",
    effect=rehearsing(
        _void,
        "You propose that the buyer does not get this money. Another person must confirm it; then each part goes back"
        " to where the money is by now: into escrow where it is held, else to the seller less our fees.",
    ),
    do=_void,
    done="Proposed. Another person must confirm it.",
    fits=_is_free,
    seen=_seen,
    tone=Tone.BAD,
)


def _says(proposal: RefundProposal) -> str:
    if proposal.kind == Kind.VOIDED:
        return "The buyer does not get this money. It goes back to where it belongs by now:"
    return (
        f"The buyer got this money from our bank account {proposal.bank_account}, reference {proposal.reference}. It is"
        " owed no more:"
    )


CONFIRM, DECLINE = Deciding(
    find=open_proposal,
    says=_says,
    confirm=lambda refund, asked: confirm(refund_pk=refund.pk, **asked.said),
    decline=lambda refund, asked: decline(refund_pk=refund.pk, **asked.said),
    booked="It is booked, and the refund has ended.",
    left="Nothing is booked. What failed is still owed, and another way may be proposed.",
    may_confirm="refunds.approve",
    may_decline="refunds.approve",
    seen=_seen,
).acts()
