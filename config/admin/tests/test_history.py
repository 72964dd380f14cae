"""The audit trail as every page shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.accounts.models import User
from config.accounts.roles import Role
from config.admin.history import by_whom, subject_of, trail
from config.admin.parts import SHOWN
from config.admin.show import NOTHING
from config.admin.tests.operators import as_role, page_of, somebody, text_of
from config.audit.services import record
from config.outbox.models import OutboxJob

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, tzinfo=UTC)


def cells(row: tuple[Any, ...]) -> str:
    return " | ".join(str(value) for value in row)


class TestTrail:
    def test_says_when_what_who_and_why_the_newest_first(self) -> None:
        ann, bob = somebody(Role.BUYER, email="ann@example.com"), somebody(Role.OPERATIONS, email="bob@example.com")
        record(ann, act="move", actor=bob.actor, at=AT, reason="asked to", from_state="a", to_state="dead")
        record(ann, act="keys_lost", actor="system:keys", at=AT + timedelta(hours=1), facts={"n": [1, 2], "who": "x"})
        table = trail([subject_of(ann)])
        newest, oldest = (cells(row) for row in table.rows)
        assert [column.label for column in table.columns] == ["When", "What", "By", "Why"]
        assert "keys lost" in newest
        assert "n 1 → 2, who x" in newest
        assert "system:keys" in newest
        assert "bob@example.com" in oldest
        assert "asked to" in oldest
        assert "hf-bad" in oldest

    def test_of_several_rows_says_of_which(self) -> None:
        ann, bob = somebody(Role.BUYER), somebody(Role.BUYER)
        record(ann, act="x", actor="s", at=AT)
        record(bob, act="y", actor="s", at=AT)
        table = trail([subject_of(ann), subject_of(bob)])
        assert [column.label for column in table.columns][1] == "Of"
        assert ann.public_id in cells(table.rows[1])

    def test_of_nothing_is_empty(self) -> None:
        assert trail([]).rows == ()

    def test_escapes_what_people_wrote(self) -> None:
        ann = somebody(Role.BUYER)
        record(ann, act="x", actor="s", at=AT, reason="<script>", facts={"a": "<b>"})
        assert "<script>" not in cells(trail([subject_of(ann)]).rows[0])
        assert "<b>" not in cells(trail([subject_of(ann)]).rows[0])

    def test_shows_so_many_and_leads_to_the_others(self) -> None:
        ann = somebody(Role.BUYER)
        for number in range(SHOWN + 3):
            record(ann, act=f"a{number}", actor="s", at=AT)
        table = trail([subject_of(ann)])
        assert len(table.rows) == SHOWN
        assert table.more_url == f"/admin/config/auditentry/?q={ann.public_id}"
        page = as_role(Role.AUDITOR).get(table.more_url)
        assert (
            "a0" in text_of(as_role(Role.AUDITOR).get(f"{table.more_url}&older=999999999")) or page.status_code == 200
        )

    def test_reads_names_once_however_many_acted(self) -> None:
        ann = somebody(Role.BUYER)
        people = [somebody(Role.OPERATIONS) for _ in range(9)]
        for person in people:
            record(ann, act="x", actor=person.actor, at=AT)
        with CaptureQueriesContext(connection) as captured:
            trail([subject_of(ann)])
        assert len(captured) == 2

    def test_is_read_from_the_index_of_subjects(self) -> None:
        ann = somebody(Role.BUYER)
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
        with CaptureQueriesContext(connection) as captured:
            trail([subject_of(ann), ("order", "ord_1"), ("payment", "pay_1")])
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {captured[0]['sql']}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            cursor.execute("RESET enable_seqscan")
        assert "audit_subject" in plan


class TestByWhom:
    def test_names_people_by_their_address_and_the_machine_by_its_part(self) -> None:
        ann = somebody(Role.BUYER, email="ann@example.com")
        assert f'href="/admin/find/?q={ann.public_id}"' in by_whom(ann.actor)
        assert "ann@example.com" in by_whom(ann.actor)
        assert "href" not in by_whom("system:refunds")
        assert by_whom("") == NOTHING
        assert "<b>" not in by_whom("user:<b>")


class TestWhereItIsSeen:
    def test_support_sees_history_and_a_seller_sees_nothing(self) -> None:
        job = OutboxJob.objects.create(topic="t", listener="l", fact_key="f", due_at=AT, created_at=AT)
        record(job, act="skipped", actor="system:x", at=AT)
        assert "skipped" in text_of(as_role(Role.OPERATIONS).get(page_of(job)))
        assert subject_of(job) == ("outboxjob", str(job.pk))
        assert subject_of(User(public_id="usr_1")) == ("user", "usr_1")
