"""Notes what a rail should have told by itself and was only found by asking: its webhooks may have fallen silent."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from payments.health.services.missed import note_missed


def note_untold(*, rail_account: str, at: datetime) -> bool:
    """Counts one event that never came. False where no account of ours listens to this rail."""
    account = settings.RAIL_ACCOUNTS.get(rail_account)
    return account is not None and note_missed(account=account.told_by, at=at)
