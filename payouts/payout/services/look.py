"""Somebody looked at how a payout ended, and nothing more is to be done about it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.audit.services import record
from config.kernel.errors import Conflict
from payouts.payout.models import Payout
from payouts.payout.queries import lock_payout
from payouts.payout.states import TO_LOOK_AT


class NothingToLookAt(Conflict):
    """The payout did not end in a way that somebody has to look at."""

    code = "payout_needs_no_look"


def look_at_end(*, payout_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """Takes a payout off the lists of those that failed, came back or were paid after all: `reason` says what was done
    about it. It moves no money. False when somebody looked at this end already. Raises NothingToLookAt."""
    with transaction.atomic():
        payout = lock_payout(payout_pk)
        if payout.status not in TO_LOOK_AT:
            raise NothingToLookAt(f"the payout is {payout.status}")
        if not is_unseen(payout):
            return False
        Payout.objects.filter(pk=payout.pk).update(looked_end_at=payout.ended_at)
        record(payout, act="looked at", actor=actor, at=at, reason=reason, facts={"status": payout.status})
    return True


def is_unseen(payout: Payout) -> bool:
    """Whether nobody looked at how it ended, where somebody has to."""
    return payout.status in TO_LOOK_AT and payout.looked_end_at != payout.ended_at
