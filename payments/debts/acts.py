"""What operators can do about a debt: propose that it was repaid or should be written off, and decide that."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from config.admin.acts import Act, Asked, Effect, by_rehearsal
from config.admin.money import read_money, show_money, shown
from config.admin.panel import Tone
from config.kernel.money import Money, MoneyError
from config.kernel.verdict import Verdict
from config.ops.redaction import mask
from payments.debts.models import DebtProposal
from payments.debts.services.settle import Kind, confirm, decline, propose
from payments.debts.states import DebtProposalStatus
from payments.ledger.models import PayeeBalance

PREVIEW = "(shown before it is done)"


def open_proposal(row: PayeeBalance) -> DebtProposal | None:
    """What somebody proposed for this debt and nobody has decided."""
    return DebtProposal.objects.filter(balance=row, status=DebtProposalStatus.PROPOSED).first()


class AmountForm(forms.Form):
    """How much of the debt."""

    amount = forms.CharField(label="How much", max_length=20, help_text="For example 12.50; no more than they owe.")

    def clean_amount(self) -> int:
        try:
            return read_money(self.cleaned_data["amount"].strip(), self.initial["currency"]).amount_minor
        except MoneyError as error:
            raise ValidationError(str(error)) from error


class RepaidForm(AmountForm):
    """The same, to which of our bank accounts, and how the bank finds it."""

    bank_account = forms.ChoiceField(
        label="To", choices=lambda: [(name, name) for name in settings.POLICY.bank_accounts]
    )
    reference = forms.CharField(label="The bank's reference", max_length=80, help_text="For example the UTR.")

    def clean_reference(self) -> str:
        return mask(cast("str", self.cleaned_data["reference"]).strip())


def _propose(row: PayeeBalance, asked: Asked, kind: Kind) -> None:
    propose(
        balance_pk=row.pk,
        kind=kind,
        amount_minor=asked.given["amount"],
        actor=asked.actor,
        reason=asked.reason,
        at=asked.at,
        bank_account=asked.given.get("bank_account", ""),
        reference=asked.given.get("reference", ""),
        bank_accounts=settings.POLICY.bank_accounts,
    )


def _is_free(row: PayeeBalance) -> bool:
    return row.receivable_minor > 0 and open_proposal(row) is None


def _seen(row: PayeeBalance) -> str:
    proposal = open_proposal(row)
    said = f", {proposal.public_id} is proposed" if proposal else ""
    return f"{shown(row.receivable_minor, row.currency)} that they owe{said}"


def _initial(row: PayeeBalance) -> dict[str, Any]:
    return {"currency": row.currency, "amount": str(Money(row.receivable_minor, row.currency).decimal)}


PROPOSE_REPAID = Act(
    name="repaid",
    title="They paid us back…",
    confirm="Propose it",
    code="debts.settle",
    effect=lambda row, user, at: Effect(
        summary=f"You say that so much of {shown(row.receivable_minor, row.currency)} came to our bank. Another person"
        " must confirm it; then it is booked there, and is owed no more.",
        cautions=("Look it up at the bank first: one payment repays one debt, once.",),
    ),
    do=lambda row, asked: _propose(row, asked, Kind.REPAID),
    done="Proposed. Another person must confirm it.",
    fits=_is_free,
    seen=_seen,
    form=RepaidForm,
    initial=_initial,
)
PROPOSE_WRITE_OFF = Act(
    name="write-off",
    title="Write it off…",
    confirm="Propose it",
    code="debts.settle",
    effect=lambda row, user, at: Effect(
        summary=f"You propose that we do not get so much of {shown(row.receivable_minor, row.currency)} back. Another"
        " person must confirm it; then it is our expense, and their next earnings are their own.",
    ),
    do=lambda row, asked: _propose(row, asked, Kind.WRITTEN_OFF),
    done="Proposed. Another person must confirm it.",
    fits=_is_free,
    seen=_seen,
    form=AmountForm,
    initial=_initial,
    tone=Tone.BAD,
)


def _confirm_effect(row: PayeeBalance, user: Any, at: datetime) -> Effect:
    proposal = open_proposal(row)
    if proposal is None:
        return Effect(summary="Nothing is proposed.", refusal=Verdict.no("not_found", "nothing is proposed"))
    amount = show_money(proposal.amount)
    said = {
        Kind.REPAID: f"{amount} came to our bank account {proposal.bank_account}, reference {proposal.reference}. It is"
        " owed no more:",
        Kind.WRITTEN_OFF: f"We do not get {amount} back. It is our expense, and is owed no more:",
    }[Kind(proposal.kind)]
    return by_rehearsal(
        f"{said} (proposed because: {proposal.reason})",
        lambda: confirm(balance_pk=row.pk, actor=user.actor, reason=PREVIEW, at=at),
    )


CONFIRM = Act(
    name="confirm",
    title="Confirm the proposal…",
    confirm="Confirm it",
    code="debts.settle",
    effect=_confirm_effect,
    do=lambda row, asked: confirm(balance_pk=row.pk, actor=asked.actor, reason=asked.reason, at=asked.at),
    done="It is booked.",
    fits=lambda row: open_proposal(row) is not None,
    seen=_seen,
    tone=Tone.BAD,
)
DECLINE = Act(
    name="decline",
    title="Decline the proposal…",
    confirm="Decline it",
    code="debts.settle",
    effect=lambda row, user, at: Effect(
        summary="Nothing is booked. It is still owed, and something else may be proposed."
    ),
    do=lambda row, asked: decline(balance_pk=row.pk, actor=asked.actor, reason=asked.reason, at=asked.at),
    done="It is declined.",
    fits=lambda row: open_proposal(row) is not None,
    seen=_seen,
)
ACTS = (PROPOSE_REPAID, PROPOSE_WRITE_OFF, CONFIRM, DECLINE)
