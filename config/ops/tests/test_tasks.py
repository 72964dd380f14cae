"""Beat's tasks stand under the names that beat calls, and do what they say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import cache

from config.inbox.models import WebhookRejection
from config.kernel import clock
from config.ops import tasks
from config.ops.gauges import shared_as


class TestNames:
    @pytest.mark.parametrize("task", [tasks.refresh_gauges, tasks.purge])
    def test_are_those_of_beat(self, task: object) -> None:
        assert getattr(task, "name", "") in {entry["task"] for entry in settings.BEAT_SCHEDULE.values()}


@pytest.mark.django_db
class TestRefreshGauges:
    def test_shares_what_it_read(self) -> None:
        settings_known = len(settings.GAUGE_PROVIDERS)
        cache.delete(shared_as())
        assert tasks.refresh_gauges() > settings_known
        assert cache.get(shared_as()) is not None
        cache.delete(shared_as())


@pytest.mark.django_db
class TestPurge:
    def test_forgets_by_the_clock(self) -> None:
        long_ago = clock.now() - timedelta(days=31)
        WebhookRejection.objects.create(
            source="stripe", reason="bad_signature", remote_addr="203.0.113.9", minute=long_ago, last_at=long_ago,
            body_sha256=b"0" * 32,
        )  # fmt: skip
        assert tasks.purge()["webhook rejections"] == 1
        assert not WebhookRejection.objects.exists()
