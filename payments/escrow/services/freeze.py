"""Freezes a hold for a counted reason, and frees it when the last reason is lifted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.audit.services import move, record
from config.kernel.errors import Conflict
from payments.escrow.models import EscrowHold, HoldFreeze
from payments.escrow.states import HoldStatus

# The reason by which a person freezes a hold; disputes, refunds and reviews have reasons of their own.
OPERATOR = "operator"


class CannotFreeze(Conflict):
    """The money has left the hold already."""

    code = "cannot_freeze"


def freeze_hold(*, hold_pk: int, reason: str, actor: str, note: str, at: datetime, ref: str = "") -> bool:
    """Adds one reason for which the hold must not move; False when that reason stands already. Raises CannotFreeze."""
    with transaction.atomic():
        hold = EscrowHold.objects.select_for_update().get(pk=hold_pk)
        if hold.status not in (HoldStatus.HELD, HoldStatus.FROZEN):
            raise CannotFreeze(f"the hold is {hold.status}")
        if hold.freezes.filter(reason=reason, ref=ref, lifted_at__isnull=True).exists():
            return False
        HoldFreeze.objects.create(hold=hold, reason=reason, ref=ref, note=note, frozen_by=actor, frozen_at=at)
        if not move(hold, to=HoldStatus.FROZEN, actor=actor, reason=note or reason, at=at):
            record(hold, act="freeze", actor=actor, reason=note or reason, at=at)
    return True


def unfreeze_hold(*, hold_pk: int, reason: str, actor: str, note: str, at: datetime, ref: str = "") -> bool:
    """Lifts one reason; the hold is held again when none is left. False when that reason does not stand."""
    with transaction.atomic():
        hold = EscrowHold.objects.select_for_update().get(pk=hold_pk)
        lifted = hold.freezes.filter(reason=reason, ref=ref, lifted_at__isnull=True).update(lifted_at=at)
        if not lifted:
            return False
        if hold.status == HoldStatus.FROZEN and not hold.freezes.filter(lifted_at__isnull=True).exists():
            move(hold, to=HoldStatus.HELD, actor=actor, reason=note or reason, at=at)
        else:
            record(hold, act="unfreeze", actor=actor, reason=note or reason, at=at)
    return True
