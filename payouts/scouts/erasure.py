"""What scouting has of a person: the name on the leaderboard and the code that they gave. Who brought whom stays, by
ids: money was paid upon it."""

from __future__ import annotations

from datetime import datetime

from config.accounts.models import User
from config.erasure.contract import counted, rewrite
from payouts.scouts.models import Bounty, Scout
from payouts.scouts.states import BountyStatus


def open_things(*, person: User) -> list[str]:
    """Bounties that may still become theirs or be taken back."""
    waiting = Bounty.objects.filter(scout__user=person, status=BountyStatus.ACCRUED)
    return counted(waiting.count(), "bounty is not decided", "bounties are not decided")


def erase(*, person: User, batch: int, at: datetime) -> int:
    """The name that they chose, and that they scout at all from now on."""
    del at
    named = Scout.objects.filter(user=person).exclude(display_name="", is_active=False)
    gave = User.objects.filter(pk=person.pk).exclude(referral_code="")
    return rewrite(named, batch, display_name="", is_active=False) + rewrite(gave, batch, referral_code="")
