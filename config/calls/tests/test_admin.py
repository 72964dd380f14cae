"""The journal of calls as operators see it, and asking about one at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, list_of, page_of, text_of
from config.audit.models import AuditEntry
from config.calls.models import GatewayCall
from config.calls.states import CallStatus
from config.crypto import seal
from config.queue.models import Pause

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, tzinfo=UTC)


def call(**columns: Any) -> GatewayCall:
    given: dict[str, Any] = {
        "service": "stripe", "account": "stripe", "operation": "refund.create", "subject_type": "refund",
        "subject_id": "rf_12345678", "actor": "system:refunds", "sent_at": AT, "status": "unknown", "state": "due",
        "due_at": AT + timedelta(days=900), "request_facts": {"amount_minor": 500, "email": "ann@example.com"},
    }  # fmt: skip
    return GatewayCall.objects.create(**{**given, **columns})


class TestPage:
    def test_says_what_was_asked_and_what_is_known(self) -> None:
        row = call(error_code="timeout", resends=2, answer=seal(b'{"card": "4242"}'), answer_lost=True)
        page = as_role(Role.FINANCE).get(page_of(row))
        text = text_of(page)
        for shown in (
            "refund.create",
            "timeout",
            "sent again 2×",
            "its answer was lost",
            '"amount_minor": 500',
            "unknown",
        ):
            assert shown in text
        assert "/admin/find/?q=rf_12345678" in page.content.decode()
        assert "ann@example.com" not in text
        assert "4242" not in text

    def test_says_that_a_person_must_find_out(self) -> None:
        row = call(state="dead", case_opened_at=AT)
        assert "Nobody could find its outcome." in text_of(as_role(Role.OPERATIONS).get(page_of(row)))

    @pytest.mark.parametrize("status", CallStatus.values)
    def test_opens_in_every_state(self, status: str) -> None:
        row = call(status=status)
        assert status.replace("_", " ") in text_of(as_role(Role.AUDITOR).get(page_of(row)))
        assert row.operation in text_of(as_role(Role.AUDITOR).get(f"{list_of(GatewayCall)}?status__exact={status}"))

    @pytest.mark.parametrize("term", ["public_id", "subject_id"])
    def test_is_found_by_its_id_and_its_subjects(self, term: str) -> None:
        row, other = call(), call(subject_id="rf_87654321")
        page = as_role(Role.FINANCE).get(list_of(GatewayCall), {"q": getattr(row, term)}).content.decode()
        assert page_of(row) in page
        assert page_of(other) not in page


class TestAskNow:
    def test_makes_it_due_at_once(self) -> None:
        row = call(state="dead", case_opened_at=AT)
        text = text_of(confirm(as_role(Role.FINANCE), row, "ask", reason="the gateway is back"))
        assert "It is asked about within seconds." in text
        row.refresh_from_db()
        assert (row.state, row.attempts, row.replays) == ("due", 0, 1)
        assert (AuditEntry.objects.get().act, AuditEntry.objects.get().reason) == ("asked_again", "the gateway is back")

    def test_says_that_asking_moves_no_money(self) -> None:
        assert "Asking charges and pays nothing." in text_of(as_role(Role.FINANCE).get(act_of(call(), "ask")))

    @pytest.mark.parametrize("status", ["succeeded", "declined", "not_executed", "pending", "reversed"])
    def test_is_not_offered_for_an_answered_call(self, status: str) -> None:
        row = call(status=status, state="done")
        assert "Ask the gateway now…" not in text_of(as_role(Role.FINANCE).get(page_of(row)))

    @pytest.mark.parametrize("role", [Role.AUDITOR])
    def test_is_for_those_who_settle(self, role: Role) -> None:
        row = call()
        assert as_role(role).get(act_of(row, "ask")).status_code == 403
        row.refresh_from_db()
        assert row.replays == 0

    def test_pauses_the_questions(self) -> None:
        confirm(as_role(Role.OPERATIONS), call(), "pause", reason="the gateway is down")
        pause = Pause.objects.get()
        assert (pause.queue, pause.kind) == ("calls", "refund.create")
