"""The outbox as operators see it: what was given up is run again or skipped, with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, list_of, page_of, text_of
from config.audit.models import AuditEntry
from config.outbox.models import OutboxJob
from config.outbox.services import emit
from config.outbox.states import OutboxState
from config.outbox.tests.listening import FIRST, Heard
from config.queue.models import Pause

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, tzinfo=UTC)


def job(**columns: Any) -> OutboxJob:
    given: dict[str, Any] = {
        "topic": "order.paid", "listener": "orders.order.notices.send_confirmation", "fact_key": "order.paid:ord_1",
        "payload": {"order": "ord_12345678"}, "state": "dead", "attempts": 6, "due_at": AT, "created_at": AT,
        "last_error_code": "SMTPServerDisconnected", "last_error": "closed",
    }  # fmt: skip
    return OutboxJob.objects.create(**{**given, **columns})


class TestPage:
    def test_says_what_is_to_be_done_for_what_and_why_not(self) -> None:
        page = as_role(Role.OPERATIONS).get(page_of(job()))
        text = text_of(page)
        for shown in ("order.paid", "send_confirmation", "SMTPServerDisconnected", "closed", "given up after six"):
            assert shown in text
        assert "/admin/find/?q=ord_12345678" in page.content.decode()

    def test_hides_what_should_not_stand_in_a_payload(self) -> None:
        page = as_role(Role.OPERATIONS).get(page_of(job(payload={"email": "ann@example.com", "order": "ord_1"})))
        assert "ann@example.com" not in page.content.decode()

    @pytest.mark.parametrize("state", OutboxState.values)
    def test_opens_in_every_state(self, state: str) -> None:
        assert state in text_of(as_role(Role.AUDITOR).get(page_of(job(state=state))))

    def test_says_when_it_runs_again(self) -> None:
        waiting = job(state="due", due_at=timezone.now() + timedelta(minutes=10, seconds=30))
        assert "It runs by itself in 10 minutes." in text_of(as_role(Role.OPERATIONS).get(page_of(waiting)))

    def test_is_found_by_what_it_is_about(self, heard: Heard) -> None:
        emit("thing.made", fact_key="ord_12345678", payload={}, at=AT)
        found = as_role(Role.OPERATIONS).get(list_of(OutboxJob), {"q": "ord_12345678"}).content.decode()
        for row in OutboxJob.objects.all():
            assert page_of(row) in found
        first = OutboxJob.objects.get(listener=FIRST)
        assert page_of(first) in as_role(Role.OPERATIONS).get(list_of(OutboxJob), {"q": str(first.pk)}).content.decode()


class TestActs:
    def test_runs_a_dead_job_again(self) -> None:
        row = job()
        confirm(as_role(Role.OPERATIONS), row, "revive", reason="the mail server is back")
        row.refresh_from_db()
        assert (row.state, row.attempts, row.replays) == ("due", 0, 1)
        assert AuditEntry.objects.get().reason == "the mail server is back"

    def test_skips_a_dead_job_for_good(self) -> None:
        row = job()
        text = text_of(as_role(Role.OPERATIONS).get(act_of(row, "skip")))
        assert "This will never be done by the machine." in text
        confirm(as_role(Role.OPERATIONS), row, "skip", reason="told them by telephone")
        row.refresh_from_db()
        assert row.state == "skipped"

    @pytest.mark.parametrize("state", ["due", "done", "skipped"])
    def test_offers_neither_for_what_is_not_dead(self, state: str) -> None:
        row, client = job(state=state), as_role(Role.OPERATIONS)
        text = text_of(client.get(page_of(row)))
        assert "Run again…" not in text
        assert "Skip…" not in text

    def test_pauses_its_listener(self) -> None:
        confirm(as_role(Role.OPERATIONS), job(), "pause", reason="it sends nonsense")
        pause = Pause.objects.get()
        assert (pause.queue, pause.kind) == ("outbox", "orders.order.notices.send_confirmation")

    @pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR])
    @pytest.mark.parametrize("name", ["revive", "skip", "pause"])
    def test_are_for_operations(self, role: Role, name: str) -> None:
        row = job()
        assert as_role(role).get(act_of(row, name)).status_code == 403
        row.refresh_from_db()
        assert (row.state, Pause.objects.count()) == ("dead", 0)
