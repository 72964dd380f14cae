"""Depth and age come from the due rows alone, each queue and lane for itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from config.calls.states import CallStatus
from config.ops import queues
from config.ops.queues import Depth, Stuck, depths, overdue, stuck
from config.ops.tests.rows import call, event, job

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


class TestDepths:
    def test_empty_queues(self) -> None:
        assert depths(at=NOW) == [
            Depth("inbox", "", 0, None),
            Depth("outbox", "money", 0, None),
            Depth("outbox", "outbox", 0, None),
            Depth("outbox", "mail", 0, None),
            Depth("calls", "", 0, None),
            Depth("watches", "", 0, None),
        ]

    def test_counts_what_is_due_and_finds_the_oldest(self) -> None:
        event(due_at=NOW - 5 * MINUTE)
        event(due_at=NOW - 2 * MINUTE)
        event(due_at=NOW + MINUTE)  # a retry whose time has not come
        event(due_at=NOW - 9 * MINUTE, state="processed")
        assert depths(at=NOW)[0] == Depth("inbox", "", 2, NOW - 5 * MINUTE)

    def test_each_lane_for_itself(self) -> None:
        job(due_at=NOW - MINUTE, lane="mail")
        job(due_at=NOW - MINUTE, lane="mail")
        job(due_at=NOW - 3 * MINUTE, lane="money")
        assert [(depth.lane, depth.due) for depth in depths(at=NOW)[1:4]] == [("money", 1), ("outbox", 0), ("mail", 2)]

    def test_counting_stops_at_its_cap(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queues, "CAP", 3)
        for _ in range(5):
            event(due_at=NOW - MINUTE)
        assert depths(at=NOW)[0].due == 3

    @pytest.mark.parametrize(
        "table", ["config_webhookevent", "config_outboxjob", "config_gatewaycall", "payments_watch"]
    )
    def test_reads_the_index_of_due_rows(self, table: str) -> None:
        """However much history there is, the first due row is the first entry of the index: nothing is sorted."""
        lane = "lane = 'money' AND" if table == "config_outboxjob" else ""
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            cursor.execute(
                f"EXPLAIN SELECT due_at FROM {table} WHERE {lane} due_at <= now() AND state = 'due'"
                " ORDER BY due_at LIMIT 1"
            )
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "_due on" in plan
        assert "Sort" not in plan


class TestAge:
    def test_is_the_oldest_rows(self) -> None:
        assert Depth("inbox", "", 2, NOW - MINUTE).age(NOW) == MINUTE

    def test_is_nothing_when_nothing_waits(self) -> None:
        assert Depth("inbox", "", 0, None).age(NOW) == timedelta()

    def test_is_never_negative(self) -> None:
        assert Depth("inbox", "", 1, NOW + MINUTE).age(NOW) == timedelta()


class TestOverdue:
    def test_names_queues_once_however_many_lanes_are_late(self) -> None:
        job(due_at=NOW - 5 * MINUTE, lane="mail")
        job(due_at=NOW - 5 * MINUTE, lane="money")
        event(due_at=NOW - MINUTE)
        assert overdue(at=NOW, after=2 * MINUTE) == ["outbox"]


class TestStuck:
    def test_counts_what_waits_for_something_else_than_a_worker(self) -> None:
        event(due_at=NOW, state="dead")
        event(due_at=NOW, state="parked", wake_key="pi_1")
        event(due_at=NOW, state="parked", wake_key="pi_2")
        job(due_at=NOW, state="dead")
        call(due_at=NOW, status=CallStatus.UNKNOWN, case_opened_at=NOW)
        assert stuck() == Stuck(dead={"inbox": 1, "outbox": 1, "watches": 0}, inbox_parked=2, calls_unanswered=1)

    @pytest.mark.parametrize("status", [CallStatus.SUCCEEDED, CallStatus.DECLINED, CallStatus.NOT_EXECUTED])
    def test_a_call_that_was_answered_after_all_is_no_case(self, status: CallStatus) -> None:
        call(due_at=NOW, status=status, case_opened_at=NOW)
        assert stuck().calls_unanswered == 0
