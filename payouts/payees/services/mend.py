"""Somebody found that an account which refused a payout takes money again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.audit.services import record
from payouts.payees.models import Destination
from payouts.payees.queries import lock_destination, lock_payee
from payouts.payees.states import DestinationStatus
from payouts.payout.queries import is_shut


def is_to_mend(destination: Destination) -> bool:
    """Whether money would go there, but for what it refused."""
    return destination.status == DestinationStatus.ACTIVE and is_shut(destination)


def mend_destination(*, destination: Destination, actor: str, reason: str, at: datetime) -> bool:
    """What it refused before counts no more: it is paid with the next run. False where nothing keeps payouts from
    it."""
    with transaction.atomic():
        lock_payee(destination.payee_id)
        row = lock_destination(destination.pk)
        if not is_to_mend(row):
            return False
        Destination.objects.filter(pk=row.pk).update(mended_at=at)
        record(row, act="takes money again", actor=actor, at=at, reason=reason, to_state=row.status)
    return True
