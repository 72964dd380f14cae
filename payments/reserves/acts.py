"""What operators can do about a reserve: say what is kept back of a seller."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from config.accounts.models import User
from config.accounts.roles import Role
from config.admin.acts import Act, Asked, Effect, rehearsing
from config.admin.money import shown, typed_minor
from config.kernel.money import EXPONENTS, Money
from config.settings.policy import DEFAULT_CURRENCY
from payments.ledger.models import PayeeBalance
from payments.reserves.queries import terms_of
from payments.reserves.rules import LONGEST_DAYS, WHOLE_BPS, Terms
from payments.reserves.services.terms import set_reserve_terms

_BPS_IN_PER_CENT = WHOLE_BPS // 100


def in_words(terms: Terms, currency: str) -> str:
    """`$50.00 that stays, and 10 % of each release for 30 days`."""
    said = []
    if terms.fixed_minor:
        said.append(f"{shown(terms.fixed_minor, currency)} that stays")
    if terms.rolling_bps:
        share = (Decimal(terms.rolling_bps) / _BPS_IN_PER_CENT).normalize()
        said.append(f"{share:f}\N{NO-BREAK SPACE}% of each release for {terms.rolling_days} days")
    return ", and ".join(said) or "nothing"


class TermsForm(forms.Form):
    """An amount that stays, and a share of each release."""

    fixed = forms.CharField(
        label="Amount that stays", required=False, max_length=20, help_text="For example 500.00; empty for none."
    )
    share = forms.DecimalField(
        label="Per cent of each release", required=False, min_value=0, max_value=100, decimal_places=2
    )
    days = forms.IntegerField(label="Kept for how many days", required=False, min_value=0, max_value=LONGEST_DAYS)

    def unit(self) -> str:
        """The currency that the amount is in."""
        return str(self.initial["currency"])

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        given["fixed_minor"] = self._fixed((given.get("fixed") or "").strip())
        return given

    def _fixed(self, text: str) -> int:
        if not text.strip("0.,"):
            return 0
        return typed_minor(text, self.unit(), field="fixed")


class SellersTermsForm(TermsForm):
    """The same, of a person who may have no balance yet: in which currency."""

    currency = forms.ChoiceField(choices=[(unit, unit) for unit in sorted(EXPONENTS)])
    field_order = ("currency",)

    def unit(self) -> str:
        return str(self.cleaned_data.get("currency") or DEFAULT_CURRENCY)


def _set(owner: str, currency: str, asked: Asked) -> bool:
    given = asked.given
    return set_reserve_terms(
        owner=owner,
        currency=currency,
        fixed_minor=given["fixed_minor"],
        rolling_bps=int((given.get("share") or Decimal(0)) * _BPS_IN_PER_CENT),
        rolling_days=given.get("days") or 0,
        **asked.said,
    )


def _set_of_balance(row: PayeeBalance, asked: Asked) -> bool:
    return _set(row.owner, row.currency, asked)


def _set_of_seller(person: User, asked: Asked) -> bool:
    return _set(person.public_id, asked.given["currency"], asked)


_SUMMARY = (
    "What is kept back of the seller's releases from now on. More is filled from the next releases, and nothing that is"
    " payable already is taken; less becomes payable at once. What earlier releases keep stays until its day."
)


def _effect(owner: str, currency: str) -> Effect:
    return Effect(summary=_SUMMARY, notes=(f"Kept back until now: {in_words(terms_of(owner, currency), currency)}.",))


def _first(owner: str, currency: str) -> dict[str, Any]:
    terms = terms_of(owner, currency)
    return {
        "currency": currency,
        "fixed": str(Money(terms.fixed_minor, currency).decimal) if terms.fixed_minor else "",
        "share": Decimal(terms.rolling_bps) / _BPS_IN_PER_CENT if terms.rolling_bps else None,
        "days": terms.rolling_days or None,
    }


def is_sellers(row: PayeeBalance) -> bool:
    """Whether it is the balance of somebody who sells: what scouts earn has a reserve of its own."""
    return row.owner.startswith("usr_")


SET_TERMS = Act(
    name="reserve",
    title="Keep a reserve…",
    confirm="Keep it so",
    code="reserves.set",
    effect=lambda row, user, at: _effect(row.owner, row.currency),
    preview=rehearsing(_set_of_balance, _SUMMARY),
    do=_set_of_balance,
    done="It is kept so from now on.",
    fits=is_sellers,
    seen=lambda row: f"{terms_of(row.owner, row.currency)} {row.reserve_minor}",
    form=TermsForm,
    initial=lambda row: _first(row.owner, row.currency),
    reason_hint="Why so much: the seller may ask. Kept in the audit trail with your name.",
)


SET_TERMS_OF_SELLER = Act(
    name="reserve",
    title="Keep a reserve…",
    confirm="Keep it so",
    code="reserves.set",
    effect=lambda person, user, at: Effect(summary=_SUMMARY),
    preview=rehearsing(_set_of_seller, _SUMMARY),
    do=_set_of_seller,
    done="It is kept so from now on.",
    fits=lambda person: Role.SELLER in person.roles,
    form=SellersTermsForm,
    initial=lambda person: {"currency": DEFAULT_CURRENCY},
    reason_hint="Why so much: the seller may ask. Kept in the audit trail with your name.",
)
