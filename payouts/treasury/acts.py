"""What operators can do about floats: say that our bank sent money there, and confirm it."""

from __future__ import annotations

from typing import Any

from django import forms

from config.admin.acts import Act, Asked, Effect
from config.admin.money import show_money, typed_minor
from config.admin.panel import Tone
from config.kernel.money import EXPONENTS
from config.proposals.acts import Deciding
from config.proposals.fields import BankReference, OurBankAccount
from config.settings.policy import DEFAULT_CURRENCY
from payouts.treasury.arrivals import is_unseen, look_at_credit, look_at_move
from payouts.treasury.services import confirm_float_move, decline_float_move, floats, propose_float_move


class FloatMoveForm(forms.Form):
    """From which bank account to which float, how much, and how the bank finds it."""

    rail_account = forms.ChoiceField(label="To the float of", choices=lambda: [(code, code) for code in floats()])
    bank_account = OurBankAccount(label="From")
    currency = forms.ChoiceField(choices=[(code, code) for code in sorted(EXPONENTS)], initial=DEFAULT_CURRENCY)
    amount = forms.CharField(label="How much", max_length=20, help_text="For example 50000.00")
    reference = BankReference()

    def clean(self) -> dict[str, Any] | None:
        values = super().clean()
        if values and values.get("amount") and values.get("currency"):
            values["amount_minor"] = typed_minor(values["amount"], values["currency"], field="amount")
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


CONFIRM, DECLINE = Deciding(
    find=lambda row: row if row.waits else None,
    says=lambda row: (
        f"{show_money(row.amount)} went from {row.bank_account} to {row.rail_account}, reference {row.reference}."
        " Confirm it only after you found it on the bank's statement yourself."
    ),
    confirm=lambda row, asked: confirm_float_move(move_pk=row.pk, **asked.said),
    decline=lambda row, asked: decline_float_move(move_pk=row.pk, **asked.said),
    booked="It is booked.",
    left="Nothing is booked.",
    may_confirm="payouts.approve",
    may_decline="payouts.pay",
    titles=("Confirm it…", "Decline it…"),
    tone=Tone.GOOD,
).acts()

_OFF_THE_LIST = "It leaves the list of what needs a person. Nothing is booked, paid or taken back."


MOVE_LOOKED = Act(
    name="looked",
    title="It is looked at…",
    confirm="It is looked at",
    code="payouts.pay",
    effect=lambda row, user, at: Effect(
        summary=_OFF_THE_LIST,
        cautions=(f"{show_money(row.amount)} stand in the books there: if they never came, payouts wait in vain.",),
    ),
    do=lambda row, asked: look_at_move(move_pk=row.pk, **asked.said),
    done="It is off the list.",
    fits=is_unseen,
    seen=lambda row: str(row.looked_at),
    reason_hint="What the bank and the rail say became of it.",
)


CREDIT_LOOKED = Act(
    name="looked",
    title="It is looked at…",
    confirm="It is looked at",
    code="payouts.pay",
    effect=lambda row, user, at: Effect(
        summary=_OFF_THE_LIST,
        cautions=("If our bank sent it, say so instead by A float was filled up….",),
    ),
    do=lambda row, asked: look_at_credit(credit_pk=row.pk, **asked.said),
    done="It is off the list.",
    fits=lambda row: row.is_unexplained,
    seen=lambda row: f"{row.move_id} {row.looked_at}",
    reason_hint="What it is, and who was asked.",
)
