"""What operators can do about files for the bank: make one, download it, say what the bank did, and confirm that."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, Sum

from config.admin.acts import Act, Asked, Attachment, Effect, rehearsing
from config.admin.money import show_money, shown
from config.admin.panel import Tone, numbered
from config.kernel.money import EXPONENTS
from config.proposals.acts import Deciding
from config.proposals.fields import BankReference, OurBankAccount
from config.proposals.services import waiting
from config.proposals.states import ProposalStatus
from config.settings.policy import DEFAULT_CURRENCY
from payouts.bankfile.models import BankResult, PayoutFile
from payouts.bankfile.services import (
    Kind,
    collect,
    confirm_file,
    confirm_result,
    decline_result,
    download,
    may_say,
    propose_paid,
    propose_result,
    unsaid,
)
from payouts.payout.models import Payout
from payouts.payout.states import ENDED_UNPAID

PAY, APPROVE = "payouts.pay", "payouts.approve"


def proposed(payout: Payout) -> BankResult | None:
    """What somebody says that the bank did with it, and nobody has decided."""
    return waiting(payout.bank_results.all())


def _is_open(payout: Payout) -> bool:
    return (may_say(payout, Kind.PAID) or may_say(payout, Kind.RETURNED)) and proposed(payout) is None


def _seen(payout: Payout) -> str:
    found = proposed(payout)
    return f"{payout.status} {found.public_id if found else ''}"


class ResultForm(forms.Form):
    """What the bank did, and how it is found there."""

    kind = forms.ChoiceField(
        label="The bank",
        choices=[("paid", "paid it"), ("failed", "did not pay it"), ("returned", "sent it back after it was paid")],
    )
    reference = BankReference(required=False, help_text="Needed where it was paid: the UTR.")

    def clean(self) -> dict[str, Any] | None:
        values = super().clean()
        if values and values.get("kind") == Kind.PAID and not values.get("reference"):
            raise ValidationError({"reference": "What was paid has the bank's reference."})
        return values


def _say_effect(payout: Payout) -> Effect:
    cautions = ["Look it up on the bank's statement first. The payee reads your reason where it was not paid."]
    if payout.status in ENDED_UNPAID:
        cautions.append(
            "It is booked that the bank does not have it, and it was payable again. Should the bank have paid it after"
            " all, it is taken back from their balance; what another payout took meanwhile they owe us."
        )
    return Effect(
        summary=f"You say what the bank did with {show_money(payout.net)}. Another person must confirm it; nothing is"
        " booked before.",
        cautions=tuple(cautions),
    )


SAY = Act(
    name="say",
    title="Say what the bank did…",
    confirm="Propose it",
    code=PAY,
    effect=lambda payout, user, at: _say_effect(payout),
    do=lambda payout, asked: _say(payout, asked),
    done="Proposed. Another person must confirm it.",
    fits=_is_open,
    seen=_seen,
    form=ResultForm,
)


def _say(payout: Payout, asked: Asked) -> None:
    given = {name: str(asked.given[name]) for name in ("kind", "reference")}
    propose_result(payout_pk=payout.pk, actor=asked.actor, reason=asked.reason[:300], at=asked.at, **given)


CONFIRM, DECLINE = Deciding(
    find=proposed,
    says=lambda found: (
        f"Proposed: {found.kind} {found.reference}. Confirm it only after you found it on the bank's statement"
        " yourself."
    ),
    confirm=lambda payout, asked: confirm_result(payout_pk=payout.pk, **asked.said),
    decline=lambda payout, asked: decline_result(payout_pk=payout.pk, **asked.said),
    booked="It is booked.",
    left="Nothing is booked, and something else may be said.",
    may_confirm=APPROVE,
    may_decline=PAY,
    seen=_seen,
    names=("confirm-bank", "decline-bank"),
    titles=("Confirm what the bank did…", "Decline what is proposed…"),
    tone=Tone.GOOD,
).acts()


class FileForm(forms.Form):
    """From which of our bank accounts, in which currency."""

    bank_account = OurBankAccount(label="From")
    currency = forms.ChoiceField(choices=[(code, code) for code in sorted(EXPONENTS)], initial=DEFAULT_CURRENCY)


def _collect(row: Any, asked: Asked) -> str:
    del row
    file = collect(bank_account=asked.given["bank_account"], currency=asked.given["currency"], **asked.said)
    over = shown(file.total_minor, file.currency)
    return f"{file.public_id}: {numbered(file.rows, 'payout')} over {over}. Download it."


MAKE = Act(
    name="make",
    title="Make a file for the bank…",
    confirm="Make it",
    code=PAY,
    effect=lambda row, user, at: Effect(
        summary="Approved payouts that a person pays at our bank are taken out into a file. Which, is shown before"
        " anything happens."
    ),
    preview=rehearsing(
        _collect,
        "Every approved payout of this account goes into one file. They are being sent from then on: pay them at the"
        " bank, or say that it did not.",
    ),
    do=_collect,
    done="The file is made.",
    seen=lambda row: "",
    form=FileForm,
)


def _to_pay(file: PayoutFile) -> str:
    found = unsaid(file).aggregate(rows=Count("pk"), total=Sum("net_minor"))
    return f"{numbered(found['rows'], 'payout')} over {shown(found['total'] or 0, file.currency)}"


def _download(file: PayoutFile, asked: Asked) -> Attachment:
    text = download(file_pk=file.pk, **asked.said)
    return Attachment(name=f"{file.public_id}.csv", body=text.encode())


DOWNLOAD = Act(
    name="download",
    title="Download it…",
    confirm="Download it",
    code=PAY,
    effect=lambda file, user, at: Effect(
        summary=f"{_to_pay(file)}, with the accounts in clear.",
        cautions=(
            "Once only: a second copy could be paid a second time. Keep the file where nobody else reads it, and delete"
            " it when it is paid.",
        ),
    ),
    do=_download,
    done="It is downloaded.",
    fits=lambda file: file.downloaded_at is None and unsaid(file).exists(),
    seen=lambda file: f"{file.downloaded_at} {_to_pay(file)}",
)


class ReferenceForm(forms.Form):
    """How the bank finds the payment."""

    reference = BankReference()


def _waits(file: PayoutFile) -> bool:
    return file.payouts.filter(bank_results__status=ProposalStatus.PROPOSED).exists()


def file_seen(file: PayoutFile) -> str:
    """What an operator decided upon: which of its payouts are said and decided."""
    said = BankResult.objects.filter(payout__file=file).order_by("-pk").values_list("pk", "status")[:1]
    return f"{file.downloaded_at} {list(said)}"


PAID = Act(
    name="paid",
    title="The bank paid all of it…",
    confirm="Propose it",
    code=PAY,
    effect=lambda file, user, at: Effect(
        summary="You say that the bank paid every payout of this file about which nothing is said yet. Another person"
        " must confirm it; nothing is booked before.",
    ),
    do=lambda file, asked: f"{_paid(file, asked)} proposed as paid. Another person must confirm it.",
    done="Proposed.",
    fits=lambda file: file.downloaded_at is not None and unsaid(file).exists(),
    seen=file_seen,
    form=ReferenceForm,
)


def _paid(file: PayoutFile, asked: Asked) -> int:
    return propose_paid(
        file_pk=file.pk, reference=asked.given["reference"], actor=asked.actor, reason=asked.reason[:300], at=asked.at
    )


def _confirm(file: PayoutFile, asked: Asked) -> str:
    return f"{confirm_file(file_pk=file.pk, **asked.said)} booked."


CONFIRM_FILE = Act(
    name="confirm",
    title="Confirm all that is proposed…",
    confirm="Confirm it",
    code=APPROVE,
    effect=rehearsing(
        _confirm,
        "Everything that is proposed of this file is booked. Confirm it only after you found it on the bank's statement"
        " yourself.",
    ),
    do=_confirm,
    done="It is booked.",
    fits=_waits,
    seen=file_seen,
    tone=Tone.GOOD,
)
