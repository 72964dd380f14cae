"""An operator's word over a breaker."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.audit.services import record
from config.outbox.services import emit
from payments.health.models import GatewayHealth
from payments.health.states import Forced


def force_breaker(*, health_pk: int, to: str, actor: str, reason: str, at: datetime) -> bool:
    """Holds the breaker open or closed whatever the figures say, or, with `to` empty, leaves it to them again.

    Returns False when it is so already. Raises ValueError for a word that is none of these.
    """
    word = Forced(to)
    with transaction.atomic():
        row = GatewayHealth.objects.select_for_update(of=("self",)).select_related("account").get(pk=health_pk)
        if row.forced == word:
            return False
        GatewayHealth.objects.filter(pk=row.pk).update(forced=word)
        record(row, act="forced", actor=actor, at=at, reason=reason, from_state=row.forced, to_state=word)
        code = row.account.code
        emit(
            "gateway.breaker",
            fact_key=f"{code}:forced:{at.isoformat()}",
            payload={"account": code, "status": str(word or row.status)},
            at=at,
        )
    return True
