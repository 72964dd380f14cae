"""The inbox's task handles what is due, and what was parked long enough."""

from __future__ import annotations

import pytest

from config.inbox.models import WebhookEvent
from config.inbox.tasks import process
from config.inbox.tests.toy import Script, received
from config.kernel.clock import now


@pytest.mark.django_db(transaction=True)
class TestProcess:
    def test_handles_what_is_due_and_looks_again_at_what_is_parked(self, script: Script) -> None:
        received(at=now())
        parked = received(at=now())
        WebhookEvent.objects.filter(pk=parked.pk).update(state="parked", wake_key="pay_1")
        assert process() == 2
        assert {row.state for row in WebhookEvent.objects.all()} == {"processed"}
        assert process() == 0
