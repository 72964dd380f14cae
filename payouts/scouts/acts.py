"""What operators can do about scouts: say who brought whom, end and begin scouting, set what a bounty is worth."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms

from config.accounts.models import User
from config.admin.acts import Act, Asked, Effect
from config.admin.money import read_money
from config.admin.panel import Tone
from config.kernel import clock
from config.kernel.money import EXPONENTS, Money, MoneyError
from config.settings.policy import DEFAULT_CURRENCY
from payouts.scouts.models import Referral, Source
from payouts.scouts.queries import rate_of, scout_by_code
from payouts.scouts.services.enrol import set_active
from payouts.scouts.services.rates import RateUnknownCurrency, set_rate
from payouts.scouts.services.refer import ReferralCodeUnknown, set_referral

MANAGE = "scouts.manage"


class CodeForm(forms.Form):
    """Who brought them."""

    code = forms.CharField(required=False, max_length=40, label="Scout's code", help_text="Empty: nobody.")


def _brought_by(row: User) -> str:
    found = Referral.objects.select_related("scout").filter(recruit=row).first()
    return found.scout.code if found is not None else ""


def _refer(row: User, asked: Asked) -> bool:
    code = asked.given["code"].strip()
    scout = scout_by_code(code) if code else None
    if code and scout is None:
        raise ReferralCodeUnknown(field="code")
    return set_referral(recruit=row, scout=scout, source=Source.ADMINISTRATOR, **asked.said)


def _refer_effect(row: User, user: Any, at: datetime) -> Effect:
    del user, at
    code = _brought_by(row)
    return Effect(
        summary="From now on what they buy first and sell earns that scout something.",
        notes=(f"Today: brought by {code}." if code else "Today: brought by nobody.",),
        cautions=("What they did before earns the new scout nothing, and what it earned the old one stays.",),
    )


REFER = Act(
    name="referral",
    title="Say who brought them…",
    confirm="Write it down",
    code=MANAGE,
    effect=_refer_effect,
    do=_refer,
    done="It is written down.",
    seen=_brought_by,
    form=CodeForm,
    initial=lambda row: {"code": _brought_by(row)},
)
END = Act(
    name="end",
    title="End scouting…",
    confirm="End it",
    code=MANAGE,
    effect=lambda row, user, at: Effect(summary="Their code is good for nobody, and nothing new earns them anything."),
    do=lambda row, asked: set_active(scout=row, is_active=False, **asked.said),
    done="They scout no more. What they earned stays theirs.",
    fits=lambda row: row.is_active,
    seen=lambda row: str(row.is_active),
    tone=Tone.BAD,
)
BEGIN = Act(
    name="begin",
    title="Let them scout again…",
    confirm="Let them",
    code=MANAGE,
    effect=lambda row, user, at: Effect(
        summary="Their code is good again, and what is told of orders from now on earns."
    ),
    do=lambda row, asked: set_active(scout=row, is_active=True, **asked.said),
    done="They scout again.",
    fits=lambda row: not row.is_active,
    seen=lambda row: str(row.is_active),
    tone=Tone.GOOD,
)


class RateForm(forms.Form):
    """What a bounty is worth, and from when on."""

    currency = forms.ChoiceField(choices=[(code, code) for code in sorted(EXPONENTS)], initial=DEFAULT_CURRENCY)
    amount = forms.CharField(label="A bounty is worth", max_length=20, help_text="For example 10.00; 0 for none.")
    least_sale = forms.CharField(
        label="Of a sale of at least",
        max_length=20,
        help_text="A first order, or a sold listing, of less earns nothing. For example 100.00; 0 for any.",
    )
    from_at = forms.DateTimeField(label="From", help_text="In your time zone, now or later.")


def _minor(given: Mapping[str, Any], name: str) -> int:
    """What somebody typed, in minor units; nothing is written in many ways."""
    if not given[name].strip("0., "):
        return 0
    try:
        return read_money(given[name], given["currency"]).amount_minor
    except MoneyError as error:
        raise RateUnknownCurrency(str(error), field=name) from error


def _rate(row: Any, asked: Asked) -> None:
    del row
    set_rate(
        currency=asked.given["currency"],
        amount_minor=_minor(asked.given, "amount"),
        least_sale_minor=_minor(asked.given, "least_sale"),
        from_at=asked.given["from_at"],
        **asked.said,
    )


def _rate_now(row: Any) -> dict[str, Any]:
    """What holds in the default currency, to begin with."""
    del row
    rate = rate_of(DEFAULT_CURRENCY, at=clock.now())
    return {
        "amount": str(Money(rate.amount_minor, DEFAULT_CURRENCY).decimal),
        "least_sale": str(Money(rate.least_sale_minor, DEFAULT_CURRENCY).decimal),
    }


SET_RATE = Act(
    name="rate",
    title="Set a rate…",
    confirm="Set it",
    code=MANAGE,
    effect=lambda row, user, at: Effect(
        summary="What is paid from then on earns as much. What was earned before keeps its amount.",
        cautions=("A rate is never changed: another one takes its place.",),
    ),
    do=_rate,
    done="The rate is set.",
    seen=lambda row: "",
    form=RateForm,
    initial=_rate_now,
)
