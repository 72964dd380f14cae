"""Payees and destinations as the API takes and shows them: nothing that identifies an account is ever shown whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from config.kernel.money import EXPONENTS, Money
from payments.ledger.models import PayeeBalance
from payouts.payees.models import Destination, DestinationKind, LegalForm, Payee, PayeeAccount, Schedule
from payouts.payees.queries import currencies_of_payee, minimum_minor
from payouts.payees.rules import why_not_paid
from payouts.payees.states import DestinationStatus
from payouts.payout.queries import facts_for_showing


class SetUpInput(serializers.Serializer):
    """Who the payee is in law. `seller` where nothing is said: scouts become payees when they become scouts."""

    legal_name = serializers.CharField(min_length=2, max_length=120)
    legal_form = serializers.ChoiceField(choices=LegalForm.values, default=LegalForm.PERSON)
    country = serializers.CharField(max_length=2, default="", allow_blank=True, help_text="ISO 3166-1 alpha-2")


class ScheduleInput(serializers.Serializer):
    currency = serializers.ChoiceField(choices=sorted(EXPONENTS))
    schedule = serializers.ChoiceField(choices=Schedule.values, required=False)
    weekday = serializers.IntegerField(min_value=0, max_value=6, required=False, help_text="0 is Monday, in UTC")
    minimum_minor = serializers.IntegerField(
        min_value=1, max_value=2**53, required=False, allow_null=True, help_text="null: ours"
    )


class DestinationInput(serializers.Serializer):
    """`details` of a bank account: `holder` with `ifsc` and `account_number` (INR), with `iban` and perhaps `bic`, with
    `routing_number` and `account_number` (USD), or with `bic` and `account_number`; of upi: `holder` and `address`; of
    a connected account: `account`, or nothing, and one is made for the payee to fill in."""

    currency = serializers.ChoiceField(choices=sorted(EXPONENTS))
    kind = serializers.ChoiceField(choices=DestinationKind.values, default=DestinationKind.BANK_ACCOUNT)
    details = serializers.DictField(child=serializers.CharField(max_length=200), write_only=True)


class OnboardingInput(serializers.Serializer):
    currency = serializers.ChoiceField(choices=sorted(EXPONENTS))


class OnboardingOutput(serializers.Serializer):
    """Works once, for minutes, and opens the account without a password."""

    url = serializers.URLField()
    expires_at = serializers.DateTimeField()


class DestinationDecision(serializers.Serializer):
    reason = serializers.CharField(max_length=300, help_text="of a rejection the payee reads it")


class AmountOutput(serializers.Serializer):
    amount_minor = serializers.IntegerField()
    currency = serializers.CharField()


class WhyNotOutput(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()


class StandingOutput(serializers.Serializer):
    """How a payee stands in one currency."""

    currency = serializers.CharField()
    payable = AmountOutput()
    reserve = AmountOutput(help_text="kept back for refunds and disputes")
    owed = AmountOutput(help_text="what the payee owes us")
    in_payouts = AmountOutput(help_text="on its way")
    schedule = serializers.ChoiceField(choices=Schedule.values)
    weekday = serializers.IntegerField(allow_null=True)
    minimum = AmountOutput()
    due_at = serializers.DateTimeField(allow_null=True)
    why_not_paid = WhyNotOutput(allow_null=True, help_text="null: it is paid with the next run")


class PayeeOutput(serializers.Serializer):
    id = serializers.CharField()
    user = serializers.CharField()
    kind = serializers.CharField()
    legal_form = serializers.ChoiceField(choices=LegalForm.values)
    country = serializers.CharField(allow_null=True)
    is_set_up = serializers.BooleanField(help_text="whether we know their name in law")
    is_held = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class PayeeDetailOutput(PayeeOutput):
    balances = StandingOutput(many=True)


class DestinationOutput(serializers.Serializer):
    id = serializers.CharField()
    currency = serializers.CharField()
    kind = serializers.ChoiceField(choices=DestinationKind.values)
    rail = serializers.CharField()
    status = serializers.ChoiceField(choices=DestinationStatus.values)
    masked = serializers.CharField()
    why = serializers.CharField(allow_null=True, help_text="why it is not active")
    needs_approval = serializers.BooleanField()
    approval_reason = serializers.CharField(allow_null=True, help_text="null for the payee")
    cools_until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    verified_at = serializers.DateTimeField(allow_null=True)


def payee_json(payee: Payee) -> dict[str, Any]:
    """A payee in a list."""
    return {
        "id": payee.public_id,
        "user": payee.user.public_id,
        "kind": payee.kind,
        "legal_form": payee.legal_form,
        "country": payee.country or None,
        "is_set_up": payee.legal_name is not None,
        "is_held": payee.held_at is not None,
        "created_at": payee.created_at,
    }


def payee_detail_json(payee: Payee, *, at: datetime) -> dict[str, Any]:
    """A payee with how they stand in each currency."""
    balances = [standing_json(payee, currency, at=at) for currency in currencies_of_payee(payee)]
    return {**payee_json(payee), "balances": balances}


def standing_json(payee: Payee, currency: str, *, at: datetime) -> dict[str, Any]:
    """One currency of a payee, and why nothing is paid in it."""
    facts = facts_for_showing(payee, currency, at=at)
    verdict = why_not_paid(facts)
    account = PayeeAccount.objects.filter(payee=payee, currency=currency).first()
    balance = PayeeBalance.objects.filter(owner=payee.owner, currency=currency).first()
    reserve = balance.reserve_minor if balance is not None else 0
    schedule = account.schedule if account is not None else Schedule.WEEKLY
    return {
        "currency": currency,
        "payable": Money(facts.payable_minor, currency).as_json(),
        "reserve": Money(reserve, currency).as_json(),
        "owed": Money(facts.receivable_minor, currency).as_json(),
        "in_payouts": Money(facts.frozen_minor, currency).as_json(),
        "schedule": schedule,
        "weekday": account.weekday if account is not None and schedule == Schedule.WEEKLY else None,
        "minimum": Money(minimum_minor(account, currency), currency).as_json(),
        "due_at": facts.due_at,
        "why_not_paid": None if verdict else {"code": verdict.code, "detail": verdict.detail},
    }


def destination_json(destination: Destination, *, for_payee: bool) -> dict[str, Any]:
    """A destination, masked. Who else has the same is not the payee's business."""
    return {
        "id": destination.public_id,
        "currency": destination.currency,
        "kind": destination.kind,
        "rail": destination.rail,
        "status": destination.status,
        "masked": destination.masked,
        "why": destination.why or None,
        "needs_approval": destination.status == DestinationStatus.PROPOSED,
        "approval_reason": None if for_payee else destination.why_approval or None,
        "cools_until": destination.cools_until,
        "created_at": destination.created_at,
        "verified_at": destination.verified_at,
    }
