"""An act is done as if for good, told in full, and leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from config.accounts.models import User
from config.audit.models import AuditEntry
from config.audit.rehearsal import InsideTransaction, Rehearsed, rehearse
from config.audit.services import record
from config.calls.barrier import NetworkBarred, check_call_allowed
from config.kernel.errors import Conflict
from config.outbox.models import OutboxJob
from config.outbox.services import emit
from config.tests.together import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ann@example.com", "a passphrase")


def rename(person: User, then: Callable[[], Any] = lambda: None) -> str:
    """An act with every kind of trace: a row, an audit entry, a job, and something that waits for the commit."""
    with transaction.atomic():
        User.objects.filter(pk=person.pk).update(name="Ann")
        record(person, act="renamed", actor="user:x", at=AT, reason="asked to", from_state="a", to_state="b")
        emit("replay.approved", fact_key="rpl_1", payload={"request": "rpl_1"}, at=AT)
        then()
    return "renamed"


def traces() -> tuple[list[str], int, int]:
    names = list(User.objects.order_by("pk").values_list("name", flat=True))
    return names, AuditEntry.objects.count(), OutboxJob.objects.count()


def told(found: Rehearsed[Any]) -> list[Any]:
    return [*found.moves, *found.lines, *found.jobs]


class TestRehearse:
    def test_tells_what_would_be_written_and_writes_nothing(self, person: User) -> None:
        before = traces()
        found = rehearse(lambda: rename(person))
        assert (found.answer, found.error) == ("renamed", None)
        assert [(move.subject, move.subject_id, move.origin, move.target, move.reason) for move in found.moves] == [
            ("user", person.public_id, "a", "b", "asked to")
        ]
        assert found.jobs == ("replay.approved → config.inbox.bulk.apply_approved",)
        assert traces() == before

    def test_does_nothing_that_was_to_happen_after_the_commit(self, person: User) -> None:
        heard: list[str] = []
        rehearse(lambda: rename(person, lambda: transaction.on_commit(lambda: heard.append("committed"))))
        assert heard == []
        rename(person, lambda: transaction.on_commit(lambda: heard.append("committed")))
        assert heard == ["committed"]

    def test_bars_the_network_and_tells_what_stood_written_by_then(self, person: User) -> None:
        def act() -> None:
            rename(person)
            check_call_allowed()

        found = rehearse(act)
        assert isinstance(found.error, NetworkBarred)
        assert len(found.moves) == 1
        check_call_allowed()  # and nobody else is barred afterwards

    def test_hands_over_what_the_act_raised(self, person: User) -> None:
        before = traces()

        def refuse() -> None:
            raise Conflict("not now")

        found = rehearse(lambda: rename(person, refuse))
        assert isinstance(found.error, Conflict)
        assert not told(found), "what the act rolled back itself is not told"
        assert traces() == before

    def test_checks_deferred_constraints_at_the_end(self) -> None:
        def unbalanced() -> None:
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO payments_ledgerentry (key, event, subject_id, actor, memo, posted_at, effective_at)"
                    " VALUES ('k', 'e', '', 'a', '', now(), now())"
                )

        found = rehearse(unbalanced)
        assert isinstance(found.error, IntegrityError)
        assert "has no lines" in str(found.error)

    def test_gives_up_on_a_lock_that_somebody_holds(self, person: User) -> None:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=person.pk)
            found = elsewhere(lambda: rehearse(lambda: rename(person)))
        assert isinstance(found.error, OperationalError)
        assert not told(found)

    def test_sees_one_snapshot_so_that_others_commits_are_not_taken_for_its_own(self, person: User) -> None:
        def act() -> None:
            elsewhere(lambda: rename(person))

        found = rehearse(act)
        assert not told(found)
        assert AuditEntry.objects.count() == 1

    def test_refuses_inside_a_transaction_where_it_could_not_keep_its_promise(self, person: User) -> None:
        with transaction.atomic(), pytest.raises(InsideTransaction):
            rehearse(lambda: rename(person))

    def test_leaves_the_connection_as_it_was(self, person: User) -> None:
        rehearse(lambda: rename(person))
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)
            cursor.execute("SHOW transaction_isolation")
            assert cursor.fetchone() == ("read committed",)
