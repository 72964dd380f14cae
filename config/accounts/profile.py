"""What people set for themselves."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import available_timezones

from django.db import transaction

from config.accounts.models import User
from config.audit.services import record
from config.kernel.errors import Invalid


class UnknownTimeZone(Invalid):
    """There is no time zone of this name."""

    code = "unknown_time_zone"


def set_time_zone(*, user: User, time_zone: str, actor: str, at: datetime) -> bool:
    """In which zone this person reads times (a name of the IANA database). False when it is that one already.

    Raises UnknownTimeZone.
    """
    if time_zone not in available_timezones():
        raise UnknownTimeZone(field="time_zone")
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk).exclude(time_zone=time_zone).update(time_zone=time_zone):
            return False
        record(user, act="time_zone_set", actor=actor, at=at, facts={"time_zone": time_zone})
    user.time_zone = time_zone
    return True
