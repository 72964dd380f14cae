"""How far the inbox lags behind, for those who must not act before they have heard everything."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.inbox.models import WebhookEvent
from config.inbox.processor import oldest_unprocessed
from config.inbox.tests.toy import AT, SOURCE, Script, received
from config.inbox.tests.turns import HOUR, fresh, process, raising
from config.kernel.errors import Conflict

pytestmark = pytest.mark.django_db(transaction=True)


class TestOldestUnprocessed:
    def test_is_nothing_when_nothing_waits(self) -> None:
        assert oldest_unprocessed(SOURCE, at=AT) == timedelta()

    def test_is_since_the_receipt_of_the_oldest(self) -> None:
        received(at=AT - HOUR)
        received(at=AT - timedelta(minutes=1))
        assert oldest_unprocessed(SOURCE, at=AT) == HOUR

    def test_counts_one_that_failed_and_waits_for_its_next_try(self, script: Script) -> None:
        """It may be the delivery that a timeout would overlook; that a newer one is due sooner changes nothing."""
        script.handle = raising(Conflict())
        row = received(at=AT - HOUR)
        for _ in range(6):
            process(fresh(row).due_at)
        assert fresh(row).due_at > AT
        received(at=AT)
        assert oldest_unprocessed(SOURCE, at=AT) == HOUR

    @pytest.mark.parametrize("state", ["processed", "ignored", "foreign", "dead", "parked"])
    def test_counts_nothing_that_a_worker_would_not_take(self, state: str) -> None:
        row = received(at=AT - HOUR)
        WebhookEvent.objects.filter(pk=row.pk).update(state=state, wake_key="x")
        assert oldest_unprocessed(SOURCE, at=AT) == timedelta()

    def test_of_another_source_is_no_concern(self) -> None:
        received(at=AT - HOUR)
        assert oldest_unprocessed("stripe", at=AT) == timedelta()

    def test_is_never_negative(self) -> None:
        received(at=AT + HOUR)
        assert oldest_unprocessed(SOURCE, at=AT) == timedelta()
