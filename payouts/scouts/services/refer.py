"""Keeps who brought whom: checked before somebody registers, written afterwards, corrected by an administrator."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from config.accounts.models import User
from config.audit.services import record
from config.kernel.errors import Conflict, Refused, Unprocessable
from payouts.scouts import rules
from payouts.scouts.models import Referral, Scout, Source
from payouts.scouts.queries import above, scout_by_code

log = logging.getLogger(__name__)


class ReferralCodeUnknown(Unprocessable):
    """There is no such code, or it is no longer good."""

    code = "referral_code_unknown"


class ReferralOfOneself(Unprocessable):
    """Nobody brings themselves."""

    code = "referral_of_oneself"


class ReferralLoop(Conflict):
    """This person brought the scout, or who brought them."""

    code = "referral_loop"


_REFUSALS: dict[str, type[Refused]] = {
    error.code: error for error in (ReferralCodeUnknown, ReferralOfOneself, ReferralLoop)
}


def check_code(*, code: str, email: str) -> None:
    """Before an account is opened: whether the code is somebody's who may bring this person. Nobody new brought anybody
    yet, so that no loop can begin here. Raises ReferralCodeUnknown, ReferralOfOneself."""
    scout = scout_by_code(code)
    if scout is None or not scout.is_active:
        raise ReferralCodeUnknown(field="referral_code")
    if scout.user.email.lower() == email.strip().lower():
        raise ReferralOfOneself(field="referral_code")


def note_registration(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `user.registered`. A code that was good and is not any more brings nobody."""
    user = User.objects.get(public_id=payload["user"])
    scout = scout_by_code(user.referral_code) if user.referral_code else None
    if scout is None or Referral.objects.filter(recruit=user).exists():
        return
    source = Source.LINK if payload.get("by_link") else Source.CODE
    try:
        set_referral(recruit=user, scout=scout, source=source, actor=user.actor, reason="", at=user.created_at)
    except Refused as refused:
        log.warning("a referral came to nothing", extra={"user": user.public_id, "code": refused.code})


def set_referral(*, recruit: User, scout: Scout | None, source: Source, actor: str, reason: str, at: datetime) -> bool:
    """Writes down who brought this person, or, with None, that nobody did. What they did before earns the scout
    nothing, and what it earned another one stays. False where it is so already.

    Raises ReferralCodeUnknown, ReferralOfOneself, ReferralLoop.
    """
    with transaction.atomic():
        _one_at_a_time()
        before = Referral.objects.select_related("scout").filter(recruit=recruit).first()
        was = before.scout if before is not None else None
        if was == scout:
            return False
        if scout is not None:
            _enforce(recruit, scout)
        Referral.objects.filter(recruit=recruit).delete()
        if scout is not None:
            Referral.objects.create(recruit=recruit, scout=scout, source=source, at=at)
        facts = {"scout": scout.public_id if scout else None, "was": was.public_id if was else None, "source": source}
        record(recruit, act="referral_set", actor=actor, at=at, reason=reason, facts=facts)
    return True


def _one_at_a_time() -> None:
    """Until the transaction ends: two changes at once could close a loop that neither of them sees."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('referrals', 0))")


def _enforce(recruit: User, scout: Scout) -> None:
    verdict = rules.may_refer(
        is_active=scout.is_active, scout=scout.user.public_id, recruit=recruit.public_id, above_scout=above(scout.user)
    )
    if not verdict:
        raise _REFUSALS[verdict.code](verdict.detail)
