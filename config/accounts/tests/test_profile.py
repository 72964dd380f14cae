"""What people set for themselves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.accounts.models import User
from config.accounts.profile import UnknownTimeZone, set_time_zone
from config.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann@example.com", None)


def set_zone(user: User, zone: str) -> bool:
    return set_time_zone(user=user, time_zone=zone, actor=user.actor, at=AT)


class TestSetTimeZone:
    def test_keeps_it_and_says_so(self, ann: User) -> None:
        assert set_zone(ann, "Asia/Kolkata") is True
        assert (ann.time_zone, User.objects.get().time_zone) == ("Asia/Kolkata", "Asia/Kolkata")
        assert AuditEntry.objects.get().act == "time_zone_set"

    def test_told_twice_writes_once(self, ann: User) -> None:
        set_zone(ann, "Asia/Kolkata")
        assert set_zone(ann, "Asia/Kolkata") is False
        assert AuditEntry.objects.count() == 1

    @pytest.mark.parametrize("zone", ["", "Mars/Base", "asia/kolkata", "../UTC", "UTC\x00"])
    def test_refuses_what_is_no_zone(self, ann: User, zone: str) -> None:
        with pytest.raises(UnknownTimeZone):
            set_zone(ann, zone)
        assert (User.objects.get().time_zone, AuditEntry.objects.count()) == ("UTC", 0)
