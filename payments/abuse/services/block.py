"""Blocks somebody, and lifts a block."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from config.audit.services import record
from config.outbox.services import emit
from payments.abuse.models import Block
from payments.abuse.rules import Kind

log = logging.getLogger(__name__)
MACHINE = "system:abuse"


def block(*, kind: Kind, subject: bytes, shown: str, why: str, until: datetime, actor: str, at: datetime) -> Block:
    """Blocks an address or an e-mail until `until`; one that is over and was never lifted begins anew. Told again, it
    changes nothing."""
    with transaction.atomic():
        row, is_new = Block.objects.select_for_update().get_or_create(
            kind=kind,
            subject=subject,
            lifted_at=None,
            defaults={"shown": shown, "why": why[:200], "begun_by": actor, "begun_at": at, "until": until},
        )
        if not is_new and row.until > at:
            return row
        if not is_new:
            Block.objects.filter(pk=row.pk).update(why=why[:200], begun_by=actor, begun_at=at, until=until)
        record(row, act="blocked", actor=actor, at=at, reason=why)
        emit("abuse.blocked", fact_key=f"{row.public_id}:{at.isoformat()}", payload={"block": row.public_id}, at=at)
    log.warning("payments blocked", extra={"block": row.public_id, "kind": kind})
    return row


def lift_block(*, block_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """Lets somebody pay again. Returns False when it is lifted already."""
    with transaction.atomic():
        row = Block.objects.select_for_update().get(pk=block_pk)
        if row.lifted_at is not None:
            return False
        Block.objects.filter(pk=row.pk).update(lifted_at=at, lifted_by=actor)
        record(row, act="lifted", actor=actor, at=at, reason=reason)
    return True
