"""Scouts and bounties as the API takes and shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from rest_framework import serializers

from config.kernel.money import EXPONENTS
from config.ops.counting import capped
from config.settings.policy import DEFAULT_CURRENCY
from payouts.payees.queries import currencies_of_payee
from payouts.payees.serializers import AmountOutput, StandingOutput, standing_json
from payouts.scouts.models import Bounty, BountyEvent, Scout
from payouts.scouts.queries import Leader
from payouts.scouts.states import BountyStatus

MANY = 10_000


class NameInput(serializers.Serializer):
    display_name = serializers.CharField(
        max_length=40, allow_blank=True, help_text="which the leaderboard shows; empty: a name that tells nothing"
    )


class LeaderboardInput(serializers.Serializer):
    period = serializers.RegexField(r"^20\d\d-(0[1-9]|1[0-2])$", required=False, help_text="a month like 2026-11, UTC")
    currency = serializers.ChoiceField(choices=sorted(EXPONENTS), default=DEFAULT_CURRENCY)


class ScoutOutput(serializers.Serializer):
    id = serializers.CharField()
    code = serializers.CharField()
    link = serializers.CharField()
    display_name = serializers.CharField()
    is_active = serializers.BooleanField()
    payee = serializers.CharField(help_text="under which they are paid: `/api/v1/payees/{id}/`")
    recruits = serializers.IntegerField(help_text="10,000 where there are more")
    balances = StandingOutput(many=True)


class BountyOutput(serializers.Serializer):
    id = serializers.CharField()
    event = serializers.ChoiceField(choices=BountyEvent.values)
    status = serializers.ChoiceField(choices=BountyStatus.values)
    amount = AmountOutput()
    accrued_at = serializers.DateTimeField()
    matured_at = serializers.DateTimeField(allow_null=True)
    reversed_at = serializers.DateTimeField(allow_null=True)


class LeaderOutput(serializers.Serializer):
    rank = serializers.IntegerField()
    name = serializers.CharField()
    bounties = serializers.IntegerField()
    amount = AmountOutput()


class LeaderboardOutput(serializers.Serializer):
    period = serializers.CharField()
    currency = serializers.CharField()
    leaders = LeaderOutput(many=True)


def scout_json(scout: Scout, *, at: datetime) -> dict[str, Any]:
    """A scout as they see themselves."""
    payee = scout.payee
    return {
        "id": scout.public_id,
        "code": scout.code,
        "link": f"{settings.PUBLIC_URL}/?ref={quote(scout.code)}",
        "display_name": scout.display_name,
        "is_active": scout.is_active,
        "payee": payee.public_id,
        "recruits": capped(scout.referrals.all(), cap=MANY),
        "balances": [standing_json(payee, currency, at=at) for currency in currencies_of_payee(payee)],
    }


def bounty_json(bounty: Bounty) -> dict[str, Any]:
    """A bounty as its scout sees it: of whom they brought nothing is told."""
    return {
        "id": bounty.public_id,
        "event": bounty.event,
        "status": bounty.status,
        "amount": bounty.amount.as_json(),
        "accrued_at": bounty.accrued_at,
        "matured_at": bounty.matured_at,
        "reversed_at": bounty.reversed_at,
    }


def leader_json(leader: Leader, currency: str) -> dict[str, Any]:
    """A line of the leaderboard."""
    amount = {"amount_minor": leader.amount_minor, "currency": currency}
    return {"rank": leader.rank, "name": leader.name, "bounties": leader.bounties, "amount": amount}


def month(period: str) -> tuple[datetime, datetime]:
    """`2026-11` as [its first instant, the next month's), in UTC."""
    year, number = int(period[:4]), int(period[5:])
    following = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=UTC), datetime(*following, 1, tzinfo=UTC)
