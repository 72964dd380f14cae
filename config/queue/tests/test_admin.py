"""Kill switches and the schedule on the operator site."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, list_of, page_of, text_of
from config.audit.models import AuditEntry
from config.queue.models import Pause
from config.queue.pausing import pause

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def paused() -> Pause:
    pause(queue="inbox", kind="stripe:charge.refunded", actor="user:x", reason="it books nonsense", at=AT)
    return Pause.objects.get()


class TestPauses:
    def test_are_shown_with_who_and_why(self, paused: Pause) -> None:
        client = as_role(Role.FINANCE)
        for page in (list_of(Pause), page_of(paused)):
            text = text_of(client.get(page))
            assert "stripe:charge.refunded" in text
            assert "it books nonsense" in text

    def test_are_made_by_name(self) -> None:
        client = as_role(Role.OPERATIONS)
        text = text_of(confirm(client, Pause, "pause", reason="the mail server is down", queue="outbox", kind="a.b.c"))
        assert "Paused." in text
        assert (Pause.objects.get().queue, Pause.objects.get().kind) == ("outbox", "a.b.c")

    @pytest.mark.parametrize(
        "given", [{"queue": "nothing", "kind": "x"}, {"queue": "inbox", "kind": ""}, {"queue": "inbox"}]
    )
    def test_need_a_queue_and_a_kind(self, given: dict[str, str]) -> None:
        confirm(as_role(Role.OPERATIONS), Pause, "pause", **given)
        assert not Pause.objects.exists()

    def test_are_lifted_with_a_reason(self, paused: Pause) -> None:
        response = confirm(as_role(Role.OPERATIONS), paused, "resume", reason="fixed")
        assert "It goes on." in text_of(response)
        assert not Pause.objects.exists()
        entry = AuditEntry.objects.latest("pk")
        assert (entry.act, entry.reason) == ("resumed", "fixed")

    @pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR])
    def test_are_made_and_lifted_by_operations_alone(self, paused: Pause, role: Role) -> None:
        client = as_role(role)
        assert client.get(act_of(Pause, "pause")).status_code == 403
        assert client.get(act_of(paused, "resume")).status_code == 403
        assert Pause.objects.count() == 1

    def test_one_that_stands_cannot_be_made_again(self, paused: Pause) -> None:
        text = text_of(
            confirm(as_role(Role.OPERATIONS), Pause, "pause", queue=paused.queue, kind=paused.kind, reason="once more")
        )
        assert "It was so already" in text
        assert Pause.objects.get().reason == "it books nonsense"


class TestSchedule:
    def test_is_only_read(self) -> None:
        every = IntervalSchedule.objects.create(every=5, period="seconds")
        task = PeriodicTask.objects.create(
            name="process the inbox", task="inbox.process", interval=every, queue="webhooks"
        )
        client = as_role(Role.OPERATIONS)
        assert "every 5 seconds" in text_of(client.get(list_of(PeriodicTask)))
        text = text_of(client.get(page_of(task)))
        assert "inbox.process" in text
        assert client.post(page_of(task), {"enabled": ""}).status_code == 403
