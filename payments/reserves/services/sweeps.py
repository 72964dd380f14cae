"""Frees what releases keep in reserves, once its day has come."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.queue.sweep import Swept, sweep
from payments.ledger.services import lock_balance
from payments.reserves.models import ReserveSlice
from payments.reserves.services.level import free_surplus

SYSTEM = "system:reserve_timer"


def free_reserves_due(*, at: datetime) -> Swept:
    """What is due becomes payable, less what was taken back from the reserve meanwhile."""
    due = ReserveSlice.objects.filter(freed_at__isnull=True, rolling_minor__gt=0, kept_until__lte=at)
    return sweep("reserves", due, lambda key: _free(key, at=at))


def _free(slice_pk: int, *, at: datetime) -> bool:
    with transaction.atomic():
        row = ReserveSlice.objects.select_related("hold").get(pk=slice_pk)
        lock_balance(row.owner, row.currency)
        if not ReserveSlice.objects.filter(pk=slice_pk, freed_at__isnull=True).update(freed_at=at):
            return False
        free_surplus(row.owner, row.currency, why=f"kept of {row.hold.public_id}", actor=SYSTEM, at=at)
    return True
