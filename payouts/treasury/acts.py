"""What operators can do about floats: say that our bank sent money there, and confirm it."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from config.admin.acts import Act, Asked, Effect, by_rehearsal
from config.admin.money import read_money, show_money
from config.admin.panel import Tone
from config.kernel.money import EXPONENTS, MoneyError
from config.ops.redaction import mask
from config.settings.policy import DEFAULT_CURRENCY
from payouts.treasury.models import FloatMove
from payouts.treasury.services import confirm_float_move, decline_float_move, floats, propose_float_move
from payouts.treasury.states import FloatMoveStatus

PREVIEW = "(shown before it is done)"


class FloatMoveForm(forms.Form):
    """From which bank account to which float, how much, and how the bank finds it."""

    rail_account = forms.ChoiceField(label="To the float of", choices=lambda: [(code, code) for code in floats()])
    bank_account = forms.ChoiceField(
        label="From", choices=lambda: [(name, name) for name in settings.POLICY.bank_accounts]
    )
    currency = forms.ChoiceField(choices=[(code, code) for code in sorted(EXPONENTS)], initial=DEFAULT_CURRENCY)
    amount = forms.CharField(label="How much", max_length=20, help_text="For example 50000.00")
    reference = forms.CharField(label="The bank's reference", max_length=80)

    def clean_reference(self) -> str:
        return mask(cast("str", self.cleaned_data["reference"]).strip())

    def clean(self) -> dict[str, Any] | None:
        values = super().clean()
        if values and values.get("amount") and values.get("currency"):
            try:
                values["amount_minor"] = read_money(values["amount"], values["currency"]).amount_minor
            except MoneyError as error:
                raise ValidationError({"amount": str(error)}) from None
        return values


def _propose(row: Any, asked: Asked) -> str:
    del row
    given = {name: asked.given[name] for name in (
        "rail_account", "bank_account", "currency", "amount_minor", "reference",
    )}  # fmt: skip
    move = propose_float_move(actor=asked.actor, reason=asked.reason[:300], at=asked.at, **given)
    return f"{move.public_id} over {show_money(move.amount)} is proposed. Another person must confirm it."


PROPOSE = Act(
    name="propose",
    title="A float was filled up…",
    confirm="Propose it",
    code="payouts.pay",
    effect=lambda row, user, at: Effect(
        summary="You say that our bank sent money to where payouts are drawn on. Another person must confirm it; then"
        " it is booked, and payouts that waited for it are sent.",
        cautions=("Nothing is paid from here. Send it first, and name the bank's reference.",),
    ),
    do=_propose,
    done="Proposed. Another person must confirm it.",
    seen=lambda row: "",
    form=FloatMoveForm,
)


def _waits(row: FloatMove) -> bool:
    return row.status == FloatMoveStatus.PROPOSED


CONFIRM = Act(
    name="confirm",
    title="Confirm it…",
    confirm="Confirm it",
    code="payouts.approve",
    effect=lambda row, user, at: by_rehearsal(
        f"{show_money(row.amount)} went from {row.bank_account} to {row.rail_account}, reference {row.reference}."
        " Confirm it only after you found it on the bank's statement yourself.",
        lambda: confirm_float_move(move_pk=row.pk, actor=user.actor, reason=PREVIEW, at=at),
    ),
    do=lambda row, asked: confirm_float_move(move_pk=row.pk, actor=asked.actor, reason=asked.reason, at=asked.at),
    done="It is booked.",
    fits=_waits,
    tone=Tone.GOOD,
)
DECLINE = Act(
    name="decline",
    title="Decline it…",
    confirm="Decline it",
    code="payouts.pay",
    effect=lambda row, user, at: Effect(summary="Nothing is booked."),
    do=lambda row, asked: decline_float_move(move_pk=row.pk, actor=asked.actor, reason=asked.reason, at=asked.at),
    done="It is declined.",
    fits=_waits,
    tone=Tone.BAD,
)
