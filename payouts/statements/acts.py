"""Operators take a payee's statement out as a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from config.admin.acts import Act, Asked, Attachment, Effect
from config.kernel.money import EXPONENTS
from config.settings.policy import DEFAULT_CURRENCY
from payouts.payees.models import Payee
from payouts.statements.api import FORMATS, file_name, written
from payouts.statements.queries import Period, heading, why_no_period


class StatementForm(forms.Form):
    """Which days, in which currency, as which file."""

    currency = forms.ChoiceField(choices=[(code, code) for code in sorted(EXPONENTS)], initial=DEFAULT_CURRENCY)
    first = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label="To and with", widget=forms.DateInput(attrs={"type": "date"}))
    file = forms.ChoiceField(label="As", choices=[(name, name.upper()) for name in FORMATS])

    def clean(self) -> dict[str, Any] | None:
        values = super().clean()
        days = [values.get(name) for name in ("first", "last")] if values else [None]
        if all(days) and (why := why_no_period(*days)):
            raise ValidationError({"last": why})
        return values


def _take(payee: Payee, asked: Asked) -> Attachment:
    given = asked.given
    head = heading(payee, given["currency"], Period(given["first"], given["last"]))
    chosen = given["file"]
    body = b"".join(written(payee, head, chosen))
    return Attachment(name=file_name(head, chosen), body=body, content_type=FORMATS[chosen])


STATEMENT = Act(
    name="statement",
    title="Statement…",
    confirm="Take it out",
    code="payouts.view",
    effect=lambda payee, user, at: Effect(
        summary="Every line of this payee's balance in a period, with the balance after it, as their own statement"
        " shows it. Nothing changes."
    ),
    do=_take,
    done="It is taken out.",
    seen=lambda payee: "",
    form=StatementForm,
)
