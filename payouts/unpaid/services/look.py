"""Looks how old each payee's unpaid money is, and raises the alarm before its gateway's limit passes."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from config.outbox.services import emit
from payouts.unpaid.models import UnpaidMoney
from payouts.unpaid.queries import earnings_of, owners_with_money, unpaid_minor
from payouts.unpaid.rules import oldest_deadline

log = logging.getLogger(__name__)


def look_at_all(*, at: datetime) -> int:
    """Brings every row up to what is unpaid now, each in its own commit. Returns of how many the alarm was raised."""
    return sum(look_at(owner=owner, currency=currency, at=at) for owner, currency in sorted(owners_with_money()))


def look_at(*, owner: str, currency: str, at: datetime) -> bool:
    """One payee and currency. True where the alarm was raised now; once for each deadline, whatever is told again."""
    with transaction.atomic():
        amount_minor = unpaid_minor(owner, currency)
        deadline = (
            oldest_deadline(earnings_of(owner, currency), unpaid_minor=amount_minor) if amount_minor > 0 else None
        )
        if deadline is None:
            UnpaidMoney.objects.filter(owner=owner, currency=currency).delete()
            return False
        seen = {"amount_minor": amount_minor, "must_leave_by": deadline, "looked_at": at}
        row, _ = UnpaidMoney.objects.select_for_update().get_or_create(owner=owner, currency=currency, defaults=seen)
        near = deadline <= at + timedelta(days=settings.POLICY.must_leave_alarm_days)
        is_news = near and row.alarmed_for != deadline
        UnpaidMoney.objects.filter(pk=row.pk).update(**seen, alarmed_for=deadline if near else row.alarmed_for)
        if is_news:
            fact = f"{owner}:{currency}:{deadline:%Y%m%dT%H%M%S}"
            emit("unpaid.must_leave", fact_key=fact, payload={"owner": owner, "currency": currency}, at=at)
    if is_news:
        facts = {"owner": owner, "currency": currency, "by": deadline.isoformat()}
        log.error("released money must be paid soon", extra=facts)
    return is_news
