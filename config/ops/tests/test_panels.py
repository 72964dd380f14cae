"""The dashboard sees how the queues are, and a list of what in them needs a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from config.accounts.roles import Role
from config.admin import worklist
from config.admin.panel import Tone, WorkItem
from config.admin.tests.operators import as_role, text_of
from config.calls.states import CallStatus
from config.ops import panels
from config.ops.panels import dead_rows, unanswered_calls
from config.ops.tests.rows import call, event, job

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATE = NOW - timedelta(seconds=settings.OVERDUE_AFTER_S + 60)
pytestmark = pytest.mark.django_db


class TestQueues:
    def test_all_is_well(self) -> None:
        panel = panels.queues(NOW)
        assert panel.title == "Queues"
        assert [(figure.label, figure.value) for figure in panel.figures] == [
            ("inbox", "0 due"),
            ("outbox money", "0 due"),
            ("outbox", "0 due"),
            ("outbox mail", "0 due"),
            ("calls", "0 due"),
            ("watches", "0 due"),
            ("inbox parked", "0"),
        ]
        assert {figure.tone for figure in panel.figures[:6]} == {Tone.GOOD}

    def test_a_queue_that_is_late_is_bad(self) -> None:
        event(due_at=LATE)
        event(due_at=NOW)
        job(due_at=NOW - timedelta(seconds=5), lane="mail")
        figures = {figure.label: figure for figure in panels.queues(NOW).figures}
        assert (figures["inbox"].value, figures["inbox"].tone) == ("2 due, oldest 3 min", Tone.BAD)
        assert (figures["outbox mail"].value, figures["outbox mail"].tone) == ("1 due, oldest 5 s", Tone.GOOD)

    def test_each_figure_leads_to_its_rows(self) -> None:
        waiting = call(due_at=NOW, state="due", status=CallStatus.UNKNOWN, operation="refund.create")
        call(due_at=NOW, state="done", status=CallStatus.SUCCEEDED, operation="payment.create")
        operator = as_role(Role.OPERATIONS)
        pages = {figure.label: operator.get(figure.url) for figure in panels.queues(NOW).figures}
        assert {label: page.status_code for label, page in pages.items()} == dict.fromkeys(pages, 200)
        assert waiting.operation in text_of(pages["calls"])
        assert "payment.create" not in text_of(pages["calls"])

    def test_what_is_parked_waits_for_its_object_and_not_for_us(self) -> None:
        event(due_at=LATE, state="parked", wake_key="pi_1")
        figure = panels.queues(NOW).figures[-1]
        assert (figure.value, figure.tone) == ("1", Tone.NEUTRAL)

    @pytest.mark.parametrize(("hours", "text"), [(2, "2 h"), (49, "2 d")])
    def test_long_waits_are_told_in_their_own_unit(self, hours: int, text: str) -> None:
        event(due_at=NOW - timedelta(hours=hours))
        assert panels.queues(NOW).figures[0].value == f"1 due, oldest {text}"


class TestDeadRows:
    def test_nothing_is_dead(self) -> None:
        found = dead_rows(NOW)
        assert (found.title, found.count, found.items, found.tone) == ("Dead events and jobs", "0", (), Tone.GOOD)

    def test_says_what_died_why_and_since_when(self) -> None:
        died = event(due_at=LATE, state="dead", last_error_code="bug", last_error="KeyError: 'amount'")
        job(due_at=LATE, state="dead", last_error_code="poison")
        found = dead_rows(NOW)
        assert (found.count, found.tone) == ("2", Tone.BAD)
        first, second = found.items
        assert first == WorkItem("stripe charge.updated", "bug: KeyError: 'amount'", first.url, LATE)
        assert str(died.pk) in first.url or first.url == ""
        assert second.label == "order.paid → orders.order.notices.send_confirmation"
        assert second.detail == "poison"

    def test_shows_the_newest_few_of_many(self) -> None:
        for number in range(15):
            event(due_at=LATE, state="dead", type=f"type.{number}")
        found = dead_rows(NOW)
        assert found.count == "15"
        assert [item.label for item in found.items] == [f"stripe type.{number}" for number in range(14, 4, -1)]

    def test_stops_counting_at_a_thousand(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(worklist, "CAP", 3)
        for _ in range(5):
            event(due_at=LATE, state="dead")
        assert dead_rows(NOW).count == "3+"

    def test_a_long_error_is_cut(self) -> None:
        event(due_at=LATE, state="dead", last_error_code="bug", last_error="x" * 2000)
        assert len(dead_rows(NOW).items[0].detail) < 300


class TestUnansweredCalls:
    def test_names_the_debt_that_is_blocked(self) -> None:
        call(
            due_at=LATE, status=CallStatus.UNKNOWN, subject_id="pay_1", case_opened_at=LATE, last_error_code="no_answer"
        )
        found = unanswered_calls(NOW)
        assert (found.title, found.count, found.tone) == ("Calls without an answer", "1", Tone.BAD)
        assert found.items[0].label == "payment.create for pay_1"
        assert (found.items[0].detail, found.items[0].since) == ("no_answer", LATE)

    def test_calls_that_are_still_asked_about_are_no_case_yet(self) -> None:
        call(due_at=LATE, status=CallStatus.UNKNOWN)
        assert unanswered_calls(NOW).items == ()
