"""What operators can do about money that a payout left in the payee's account: say that they have it, and confirm."""

from __future__ import annotations

from django import forms

from config.admin.acts import Act, Asked, Effect
from config.admin.money import show_money, shown
from config.proposals.acts import Deciding
from config.proposals.fields import BankReference
from config.proposals.services import waiting
from payouts.kept.models import KeptMoney
from payouts.kept.services import confirm_kept, decline_kept, may_be_kept, propose_kept
from payouts.payout.models import Payout


def said(payout: Payout) -> KeptMoney | None:
    """What somebody says, and nobody has decided."""
    return waiting(payout.kept_money.all())


class KeptForm(forms.Form):
    """How it is found that the payee has it."""

    reference = BankReference(help_text="Or the rail's id of the payout that took it.")


def _seen(payout: Payout) -> str:
    found = said(payout)
    return f"{payout.status} {payout.in_account_minor} {found.public_id if found else ''}"


def _say(payout: Payout, asked: Asked) -> None:
    propose_kept(payout_pk=payout.pk, reference=asked.given["reference"], **asked.said)


SAY = Act(
    name="kept",
    title="The payee has it…",
    confirm="Propose it",
    code="payouts.pay",
    effect=lambda payout, user, at: Effect(
        summary=f"You say that the payee has {shown(payout.in_account_minor, payout.currency)}, which this payout left"
        " in their account. Another person must confirm it; then it is booked as paid, and is never moved there again.",
        cautions=("Nothing is paid from here. Look it up at the rail first, or have the payee show it.",),
    ),
    do=_say,
    done="Proposed. Another person must confirm it.",
    fits=lambda payout: may_be_kept(payout) and said(payout) is None,
    seen=_seen,
    form=KeptForm,
    reason_hint="How they got it: they withdrew it, or the rail paid it later.",
)
CONFIRM, DECLINE = Deciding(
    find=said,
    says=lambda kept: (
        f"The payee has {show_money(kept.amount)}, found by {kept.reference}. Confirm it only after you found it"
        " yourself."
    ),
    confirm=lambda payout, asked: confirm_kept(payout_pk=payout.pk, **asked.said),
    decline=lambda payout, asked: decline_kept(payout_pk=payout.pk, **asked.said),
    booked="It is booked: the payee has it.",
    left="Nothing is booked. It stands in their account as before.",
    may_confirm="payouts.approve",
    may_decline="payouts.pay",
    seen=_seen,
    names=("confirm-kept", "decline-kept"),
    titles=("Confirm that the payee has it…", "Decline that the payee has it…"),
).acts()
