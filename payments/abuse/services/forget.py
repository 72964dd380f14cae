"""Forgets who began payments, once it counts for nothing any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from payments.abuse.models import Block, CardDecline, PaymentOrigin

KEPT, BLOCKS_KEPT = timedelta(days=7), timedelta(days=180)


def forget_origins(*, at: datetime, batch: int = 1_000) -> int:
    """Deletes origins and declines after seven days, and blocks that have been over for half a year. Returns how many
    rows went."""
    old = at - KEPT
    return (
        _forget(CardDecline.objects.filter(at__lt=old), batch)
        + _forget(PaymentOrigin.objects.filter(at__lt=old), batch)
        + _forget(Block.objects.filter(until__lt=at - BLOCKS_KEPT), batch)
    )


def _forget(rows: QuerySet[CardDecline] | QuerySet[PaymentOrigin] | QuerySet[Block], batch: int) -> int:
    gone = 0
    while True:
        deleted, _ = rows.model._base_manager.filter(pk__in=list(rows.values_list("pk", flat=True)[:batch])).delete()
        gone += deleted
        if deleted < batch:
            return gone
