"""What operators can do about a debt: propose that it was repaid or should be written off, and decide that."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from config.admin.acts import Act, Asked, Effect
from config.admin.money import show_money, shown, typed_minor
from config.admin.panel import Tone
from config.kernel.money import Money
from config.proposals.acts import Deciding
from config.proposals.fields import BankReference, OurBankAccount
from config.proposals.services import waiting
from payments.debts.models import DebtProposal
from payments.debts.services.settle import Kind, confirm, decline, propose
from payments.ledger.models import PayeeBalance


def open_proposal(row: PayeeBalance) -> DebtProposal | None:
    """What somebody proposed for this debt and nobody has decided."""
    return waiting(row.debt_proposals.all())


class AmountForm(forms.Form):
    """How much of the debt."""

    amount = forms.CharField(label="How much", max_length=20, help_text="For example 12.50; no more than they owe.")

    def clean_amount(self) -> int:
        return typed_minor(self.cleaned_data["amount"], self.initial["currency"])


class RepaidForm(AmountForm):
    """The same, to which of our bank accounts, and how the bank finds it."""

    bank_account = OurBankAccount(label="To")
    reference = BankReference(help_text="For example the UTR.")


def _propose(row: PayeeBalance, asked: Asked, kind: Kind) -> None:
    propose(
        balance_pk=row.pk,
        kind=kind,
        amount_minor=asked.given["amount"],
        bank_account=asked.given.get("bank_account", ""),
        reference=asked.given.get("reference", ""),
        bank_accounts=settings.POLICY.bank_accounts,
        **asked.said,
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


def _says(proposal: DebtProposal) -> str:
    amount = show_money(proposal.amount)
    if proposal.kind == Kind.WRITTEN_OFF:
        return f"We do not get {amount} back. It is our expense, and is owed no more:"
    return (
        f"{amount} came to our bank account {proposal.bank_account}, reference {proposal.reference}. It is owed no"
        " more:"
    )


CONFIRM, DECLINE = Deciding(
    find=open_proposal,
    says=_says,
    confirm=lambda row, asked: confirm(balance_pk=row.pk, **asked.said),
    decline=lambda row, asked: decline(balance_pk=row.pk, **asked.said),
    booked="It is booked.",
    left="Nothing is booked. It is still owed, and something else may be proposed.",
    may_confirm="debts.settle",
    may_decline="debts.settle",
    seen=_seen,
).acts()
ACTS = (PROPOSE_REPAID, PROPOSE_WRITE_OFF, CONFIRM, DECLINE)
