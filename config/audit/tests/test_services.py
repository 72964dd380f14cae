"""One hand moves a status: under lock, by the table, together with its entry and all that follows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, DataError, transaction

from config.audit.models import AuditEntry
from config.audit.services import NotInTransaction, move, record
from config.calls.models import GatewayCall
from config.calls.states import CALL_STATES
from config.kernel.states import MoveNotAllowed
from config.ops import context
from config.ops.tests.rows import call as new_call
from config.ops.tests.rows import job
from config.outbox.models import OutboxJob
from config.tests.together import TIMEOUT_S, begin, elsewhere, together, wait_until_somebody_waits_for_a_lock

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


def row(status: str = "sent") -> GatewayCall:
    return new_call(due_at=AT, status=status)


def moved(call: GatewayCall, to: str, **options: Any) -> bool:
    with transaction.atomic():
        return move(call, **{"to": to, "actor": "user:ops", "at": AT, **options})


def fresh(call: GatewayCall) -> GatewayCall:
    return GatewayCall.objects.get(pk=call.pk)


class TestMove:
    def test_writes_the_status_and_an_entry(self) -> None:
        call = row()
        assert moved(call, "succeeded", reason="it was there", facts={"charge": "ch_1"}) is True
        assert (call.status, fresh(call).status) == ("succeeded", "succeeded")
        entry = AuditEntry.objects.get()
        assert (entry.subject_type, entry.subject_id, entry.act) == ("gatewaycall", call.public_id, "move")
        assert (entry.from_state, entry.to_state, entry.actor) == ("sent", "succeeded", "user:ops")
        assert (entry.reason, entry.at, entry.facts) == ("it was there", AT, {"charge": "ch_1"})

    def test_writes_other_columns_in_the_same_breath(self) -> None:
        call = row()
        moved(call, "succeeded", external_id="ch_1", answered_at=AT)
        assert (call.external_id, call.answered_at) == ("ch_1", AT)
        assert (fresh(call).external_id, fresh(call).answered_at) == ("ch_1", AT)

    def test_writes_no_column_that_it_was_not_told_to(self) -> None:
        """What the caller has in memory may be old; only the move is written."""
        call = row()
        GatewayCall.objects.filter(pk=call.pk).update(error_code="written by somebody else")
        call.error_code = "old"
        moved(call, "succeeded")
        assert fresh(call).error_code == "written by somebody else"

    @pytest.mark.parametrize(("origin", "target", "allowed"), list(CALL_STATES.pairs()))
    def test_only_what_the_table_has(self, origin: str, target: str, allowed: bool) -> None:
        call = row(origin)
        before = GatewayCall.objects.values().get()
        if allowed:
            assert moved(call, target) is True
            assert fresh(call).status == target
        else:
            with pytest.raises(MoveNotAllowed, match=f"a gateway call that is {origin} cannot become {target}"):
                moved(call, target, external_id="ch_1")
            assert GatewayCall.objects.values().get() == before
        assert AuditEntry.objects.count() == allowed
        assert not OutboxJob.objects.exists()

    @pytest.mark.parametrize("state", CALL_STATES.states)
    def test_to_the_state_that_it_is_in_writes_nothing(self, state: str) -> None:
        """Facts are told twice."""
        call = row(state)
        before = GatewayCall.objects.values().get()
        assert moved(call, state, external_id="ch_1") is False
        assert GatewayCall.objects.values().get() == before
        assert not AuditEntry.objects.exists()

    def test_is_refused_outside_a_transaction(self) -> None:
        call = row()
        with pytest.raises(NotInTransaction):
            move(call, to="succeeded", actor="user:ops", at=AT)
        assert fresh(call).status == "sent"
        assert not AuditEntry.objects.exists()

    def test_is_undone_with_what_it_was_part_of(self) -> None:
        call = row()
        with transaction.atomic():
            move(call, to="succeeded", actor="user:ops", at=AT)
            transaction.set_rollback(True)
        assert fresh(call).status == "sent"
        assert not AuditEntry.objects.exists()

    def test_an_entry_that_cannot_be_written_undoes_the_move(self) -> None:
        call = row()
        with pytest.raises(DataError):
            moved(call, "succeeded", actor="x" * 200)
        assert fresh(call).status == "sent"

    def test_of_a_row_that_is_gone_is_an_error(self) -> None:
        call = row()
        GatewayCall.objects.filter(pk=call.pk).delete()
        with pytest.raises(GatewayCall.DoesNotExist):
            moved(call, "succeeded")
        assert not AuditEntry.objects.exists()


class TestStale:
    """What the caller read is old: the row is believed, and not the caller."""

    def test_the_entry_tells_where_the_row_really_was(self) -> None:
        call = row()
        moved(fresh(call), "unknown")
        assert call.status == "sent"
        assert moved(call, "succeeded") is True
        assert list(AuditEntry.objects.order_by("pk").values_list("from_state", "to_state")) == [
            ("sent", "unknown"),
            ("unknown", "succeeded"),
        ]

    def test_a_move_that_was_allowed_then_is_refused_now(self) -> None:
        call = row()
        moved(fresh(call), "succeeded")
        with pytest.raises(MoveNotAllowed, match="that is succeeded cannot become declined"):
            moved(call, "declined")
        assert fresh(call).status == "succeeded"

    def test_a_move_that_was_refused_then_is_allowed_now(self) -> None:
        call = row("not_executed")
        moved(fresh(call), "sent")
        assert moved(call, "succeeded") is True

    def test_what_happened_meanwhile_is_known_afterwards(self) -> None:
        call = row()
        moved(fresh(call), "succeeded")
        assert moved(call, "succeeded") is False
        assert call.status == "succeeded"

    def test_a_row_that_remembers_a_move_which_was_rolled_back(self) -> None:
        call = row()
        with transaction.atomic():
            move(call, to="succeeded", actor="user:ops", at=AT)
            transaction.set_rollback(True)
        assert call.status == "succeeded", "memory is not rolled back"
        assert moved(call, "succeeded") is True
        assert fresh(call).status == "succeeded"


class TestTwoAtOnce:
    def test_one_moves_and_the_other_is_told_that_it_was_done(self) -> None:
        call = row()
        outcomes = together([lambda: moved(fresh(call), "succeeded")] * 8)
        assert sorted(outcomes) == [False] * 7 + [True]  # type: ignore[type-var]
        assert AuditEntry.objects.count() == 1

    def test_different_ways_exclude_each_other(self) -> None:
        for _ in range(5):
            call = row("unknown")
            outcomes = together([lambda: moved(call, "succeeded"), lambda: moved(call, "not_executed")])  # noqa: B023
            assert sorted(type(outcome).__name__ for outcome in outcomes) == ["MoveNotAllowed", "bool"]
        assert AuditEntry.objects.count() == 5

    def test_the_second_waits_for_the_first_and_sees_what_it_did(self) -> None:
        call = row()
        with transaction.atomic():
            move(fresh(call), to="unknown", actor="user:first", at=AT)
            second = begin(lambda: moved(call, "succeeded", actor="user:second"))
            wait_until_somebody_waits_for_a_lock()
        assert second.result(TIMEOUT_S) is True
        assert list(AuditEntry.objects.order_by("pk").values_list("from_state", "actor")) == [
            ("sent", "user:first"),
            ("unknown", "user:second"),
        ]

    def test_the_second_moves_when_the_first_is_rolled_back(self) -> None:
        call = row()
        with transaction.atomic():
            move(fresh(call), to="succeeded", actor="user:first", at=AT)
            second = begin(lambda: moved(call, "declined", actor="user:second"))
            wait_until_somebody_waits_for_a_lock()
            transaction.set_rollback(True)
        assert second.result(TIMEOUT_S) is True
        assert fresh(call).status == "declined"
        assert AuditEntry.objects.get().actor == "user:second"

    def test_both_would_move_it_without_the_lock(self) -> None:
        """The negative control: who reads, decides and writes leaves two entries for one move."""
        call = row()
        both_have_read = threading.Barrier(2)

        def careless() -> bool:
            with transaction.atomic():
                present = fresh(call).status
                both_have_read.wait(TIMEOUT_S)
                CALL_STATES.check(present, "succeeded")
                GatewayCall.objects.filter(pk=call.pk).update(status="succeeded")
                record(call, act="move", actor="user:ops", at=AT, from_state=present, to_state="succeeded")
            return True

        assert together([careless] * 2) == [True, True]
        assert AuditEntry.objects.count() == 2

    def test_other_rows_do_not_wait(self) -> None:
        one, other = row(), row()
        with transaction.atomic():
            move(one, to="succeeded", actor="user:ops", at=AT)
            assert elsewhere(lambda: moved(other, "succeeded")) is True


class TestRecord:
    def test_keeps_an_act_that_moves_nothing(self) -> None:
        call = row()
        record(call, act="asked_again", actor="user:ops", at=AT, reason="the customer rang")
        entry = AuditEntry.objects.get()
        assert (entry.act, entry.from_state, entry.to_state, entry.facts) == ("asked_again", "", "", None)

    def test_names_a_row_without_a_public_id_by_its_key(self) -> None:
        some = job(due_at=AT)
        record(some, act="looked_at", actor="user:ops", at=AT)
        assert AuditEntry.objects.get().subject_id == str(some.pk)

    def test_names_the_request_that_caused_it(self) -> None:
        context.start("req-of-the-test")
        try:
            record(row(), act="looked_at", actor="user:ops", at=AT)
        finally:
            context.start("")
        assert AuditEntry.objects.get().request_id == "req-of-the-test"

    def test_keeps_facts_as_they_are(self) -> None:
        facts = {"amount_minor": 500, "currency": "INR", "lines": [1, 2], "note": '₹ 🙂 "quoted" %s'}
        record(row(), act="looked_at", actor="user:ops", at=AT, facts=facts)
        assert AuditEntry.objects.get().facts == facts


class TestTransactionId:
    """So that a later seal knows what was committed together."""

    def of_all(self) -> list[int]:
        return list(AuditEntry.objects.order_by("pk").values_list("xact_id", flat=True))

    def test_is_shared_by_the_entries_of_one_transaction(self) -> None:
        call = row()
        with transaction.atomic():
            move(call, to="unknown", actor="user:ops", at=AT)
            with transaction.atomic():  # a savepoint has an id of its own, which is not what we want
                move(call, to="succeeded", actor="user:ops", at=AT)
        assert len(set(self.of_all())) == 1

    def test_differs_between_transactions_and_grows(self) -> None:
        call = row()
        moved(call, "unknown")
        moved(call, "succeeded")
        first, second = self.of_all()
        assert first < second

    def test_is_given_by_the_database_when_the_row_is_written(self) -> None:
        before = AuditEntry.objects.count()
        moved(row(), "unknown", at=AT - timedelta(days=400))
        entry = AuditEntry.objects.get()
        assert before == 0
        assert entry.at < entry.written_at


def refused(act: Callable[[], Any]) -> None:
    """By the trigger, or before it by what the role may do."""
    with pytest.raises(DatabaseError, match=r"append-only|permission denied"):
        act()


class TestAppendOnly:
    def test_the_application_changes_and_removes_nothing(self) -> None:
        moved(row(), "unknown")
        entry = AuditEntry.objects.get()
        refused(lambda: AuditEntry.objects.update(actor="user:somebody_else"))
        refused(lambda: AuditEntry.objects.all().delete())
        refused(lambda: entry.save())
        assert AuditEntry.objects.get().actor == "user:ops"
