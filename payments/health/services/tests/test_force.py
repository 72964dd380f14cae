"""An operator's word over a breaker: told once, in the trail, and announced."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.audit.models import AuditEntry
from payments.charges.services.start import ensure_account
from payments.health.models import GatewayHealth
from payments.health.services.force import force_breaker

AT = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> GatewayHealth:
    return GatewayHealth.objects.create(
        account=ensure_account("stripe"), since=AT, last_event_at=AT, watched_until=AT, status="open"
    )


def force(row: GatewayHealth, to: str) -> bool:
    done = force_breaker(health_pk=row.pk, to=to, actor="user:ops", reason="they announced it", at=AT)
    row.refresh_from_db()
    return done


class TestForceBreaker:
    def test_stands_above_the_figures_until_it_is_taken_back(self, row: GatewayHealth) -> None:
        assert force(row, "closed")
        assert (row.position, row.status) == ("closed", "open")
        assert force(row, "")
        assert row.position == "open"
        trail = AuditEntry.objects.filter(act="forced").order_by("pk").values_list("from_state", "to_state", "reason")
        assert list(trail) == [("", "closed", "they announced it"), ("closed", "", "they announced it")]

    @pytest.mark.parametrize("word", ["", "open"])
    def test_told_again_it_writes_nothing(self, row: GatewayHealth, word: str) -> None:
        GatewayHealth.objects.filter(pk=row.pk).update(forced=word)
        assert not force(row, word)
        assert not AuditEntry.objects.exists()

    def test_takes_no_other_word(self, row: GatewayHealth) -> None:
        with pytest.raises(ValueError, match="half_open"):
            force(row, "half_open")
        row.refresh_from_db()
        assert row.forced == ""
        assert not AuditEntry.objects.exists()
