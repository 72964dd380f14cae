"""`manage.py process_inbox`: what is due is handled by hand, and what is parked looked at."""

from __future__ import annotations

from typing import Any

import pytest

from config.inbox.models import WebhookEvent
from config.inbox.tests import toy
from config.kernel.clock import now
from config.management.tests.saying import said
from config.queue.engine import BATCH

pytestmark = pytest.mark.django_db(transaction=True)


class TestProcessInbox:
    @pytest.fixture(autouse=True)
    def script(self, settings: Any) -> toy.Script:
        return toy.configure(settings)

    def test_handles_what_is_due_and_looks_at_what_is_parked(self) -> None:
        for _ in range(BATCH + 5):
            toy.received(at=now())
        parked = toy.received(at=now())
        WebhookEvent.objects.filter(pk=parked.pk).update(state="parked", wake_key="pay_1")
        assert said("process_inbox") == f"{BATCH + 6} events had their turn"
        assert {row.state for row in WebhookEvent.objects.all()} == {"processed"}

    def test_once_is_one_batch(self) -> None:
        for _ in range(BATCH + 5):
            toy.received(at=now())
        assert said("process_inbox", "--once") == f"{BATCH} events had their turn"
        assert said("process_inbox", "--once") == "5 events had their turn"
