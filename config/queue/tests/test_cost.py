"""What a claim costs does not depend on how much history there is, and leaves little behind."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.inbox.processor import INBOX
from config.ops.tests.rows import event
from config.outbox.runner import OUTBOX
from config.queue.engine import BATCH, Queue, claim, renew, stamp
from config.queue.tests.rows import AT, job, jobs

pytestmark = pytest.mark.django_db(transaction=True)
HISTORY = 200_000
# Unfinished business of another day, the work of a batch, and some room: nothing that grows with history.
MOST_PAGES = 400
_INBOX_HISTORY = """
    INSERT INTO config_webhookevent (source, account, event_id, type, livemode, occurred_at, received_at, due_at, state,
        attempts, body_sha256, object_id, api_version, body_is_unique)
    SELECT 'stripe', 'stripe', 'evt_past_' || n, 'charge.updated', false, %(at)s, %(at)s,
        %(at)s - n * interval '1 second', CASE WHEN n %% 100 = 0 THEN 'dead' ELSE 'processed' END, 1,
        decode(md5(n::text), 'hex'), '', '', false
      FROM generate_series(1, %(history)s) n
"""
_OUTBOX_HISTORY = """
    INSERT INTO config_outboxjob (topic, lane, listener, fact_key, payload, due_at, state, attempts)
    SELECT 'topic', 'outbox', 'somebody.listens', 'past ' || n, '{}', %(at)s - n * interval '1 second',
        CASE WHEN n %% 100 = 0 THEN 'dead' ELSE 'done' END, 1
      FROM generate_series(1, %(history)s) n
"""


def fill(statement: str, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"at": AT, "history": HISTORY})
        cursor.execute(f"ANALYZE {table}")


def explained(queue: Queue, *, lane: str = "") -> tuple[dict[str, Any], int]:
    """(what the planner did, pages read or found) for the very statement that a claim sends."""
    with CaptureQueriesContext(connection) as sent:
        claim(queue, at=AT, lane=lane)
    (statement,) = [query["sql"] for query in sent if "SKIP LOCKED" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}")
        found = cursor.fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", ()) for node in nodes(part))]


def indexes(plan: dict[str, Any]) -> set[str]:
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}


def scanned(plan: dict[str, Any]) -> set[str]:
    return {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}


class TestHistory:
    """200,000 rows that were worked off, 2,000 of them dead, and some that are due."""

    def test_the_inbox_reads_its_index_of_due_rows_and_few_pages(self) -> None:
        fill(_INBOX_HISTORY, "config_webhookevent")
        for _ in range(2 * BATCH):
            event(due_at=AT)
        plan, pages = explained(INBOX)
        assert "inbox_due" in indexes(plan)
        assert scanned(plan) == set()
        assert pages < MOST_PAGES

    def test_the_outbox_reads_its_index_of_due_rows_and_few_pages(self) -> None:
        fill(_OUTBOX_HISTORY, "config_outboxjob")
        jobs(2 * BATCH)
        for _ in range(5):
            job(ordering_key="zoho:1")
        plan, pages = explained(OUTBOX, lane="outbox")
        assert "outbox_due" in indexes(plan)
        assert scanned(plan) == set()
        assert pages < MOST_PAGES

    def test_a_long_line_behind_one_key_is_looked_up_and_not_searched(self) -> None:
        """Each job in it asks the index of its key for an earlier one."""
        jobs(500, ordering_key="zoho:1")
        fill(_OUTBOX_HISTORY, "config_outboxjob")
        plan, _ = explained(OUTBOX, lane="outbox")
        assert "outbox_order" in indexes(plan)


def updates(table: str) -> tuple[int, int]:
    """(updates, heap-only ones among them) so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = %s", [table])
        found: tuple[int, int] = cursor.fetchone()
        return found


class TestHeapOnly:
    @pytest.mark.parametrize("batch", [1, 5])
    def test_claiming_and_renewing_what_comes_in_touches_no_index(self, batch: int) -> None:
        """Worked off about as fast as it comes, every claim is a heap-only update: a page has room for it."""
        claims = 0
        hot = 0
        for _ in range(60 // batch):
            for _ in range(batch):
                event(due_at=AT, body=os.urandom(4_000))
            before = updates("config_webhookevent")
            rows = claim(INBOX, at=AT)
            assert all(renew(INBOX, row) for row in rows)
            after = updates("config_webhookevent")
            claims += after[0] - before[0]
            hot += after[1] - before[1]
            for row in rows:
                stamp(INBOX, row, state="processed")
        assert claims == 120
        assert hot == claims

    def test_the_columns_of_the_lease_stand_in_no_index(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexdef FROM pg_indexes WHERE tablename IN"
                " ('config_webhookevent', 'config_outboxjob', 'config_gatewaycall')"
            )
            definitions = [definition for (definition,) in cursor.fetchall()]
        assert len(definitions) > 10
        moved_by_a_claim = ("lease_", "attempts", "lost_leases")
        assert [text for text in definitions if any(column in text for column in moved_by_a_claim)] == []
