"""An intent is written once, its outcome once, and an outcome that nobody knows is asked about until somebody does."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.transaction import TransactionManagementError

from config.audit.models import AuditEntry
from config.calls.models import GatewayCall
from config.calls.services import (
    ANSWER_DUE_S,
    FIRST_QUESTION_S,
    OpenCallExists,
    open_calls,
    record_outcome,
    reopen,
)
from config.calls.states import CALL_STATES, OPEN, CallStatus
from config.calls.tests.asking import AT, OPERATION, OVERDUE, answered, fresh, opened, subject
from config.crypto import open_sealed
from config.kernel.states import MoveNotAllowed
from config.ops.tests.rows import call as some_call
from config.tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


class TestOpenCall:
    def test_is_an_intent_with_its_own_key(self) -> None:
        thing = subject()
        call = fresh(opened(thing))
        assert (call.status, call.operation, call.subject_type, call.subject_id) == (
            "sent", OPERATION, "user", thing.public_id
        )  # fmt: skip
        assert (call.actor, call.request_facts) == ("user:buyer", {"amount_minor": 500, "currency": "INR"})
        assert (call.sent_at, call.due_at, call.state) == (AT, OVERDUE, "due")
        assert call.public_id.startswith("call_")
        assert call.public_id != opened().public_id

    @pytest.mark.parametrize("status", OPEN)
    def test_blocks_another_one_for_the_same_thing(self, status: str) -> None:
        thing = subject()
        first = opened(thing)
        GatewayCall.objects.filter(pk=first.pk).update(status=status)
        with pytest.raises(OpenCallExists) as refused:
            opened(thing)
        assert (refused.value.code, refused.value.http_status) == ("attempt_outcome_unknown", 409)
        assert GatewayCall.objects.count() == 1

    @pytest.mark.parametrize("status", sorted(set(CallStatus) - set(OPEN)))
    def test_does_not_once_its_outcome_is_known(self, status: str) -> None:
        thing = subject()
        GatewayCall.objects.filter(pk=opened(thing).pk).update(status=status)
        assert opened(thing).status == "sent"

    def test_another_operation_and_another_thing_are_free(self) -> None:
        thing = subject()
        opened(thing)
        opened(thing, operation="thing.undo")
        opened(subject())

    def test_leaves_the_callers_transaction_usable_when_it_refuses(self) -> None:
        thing = subject()
        opened(thing)
        with transaction.atomic():
            with pytest.raises(OpenCallExists):
                opened(thing)
            opened(subject())
        assert GatewayCall.objects.count() == 2

    def test_is_undone_with_what_it_was_opened_for(self) -> None:
        with transaction.atomic():
            opened()
            transaction.set_rollback(True)
        assert not GatewayCall.objects.exists()

    def test_ten_at_once_open_one(self) -> None:
        thing = subject()
        outcomes = together([lambda: opened(thing)] * 10)
        assert sorted({type(outcome).__name__ for outcome in outcomes}) == ["GatewayCall", "OpenCallExists"]
        assert GatewayCall.objects.count() == 1

    def test_the_database_says_so_in_a_sentence(self) -> None:
        some_call(due_at=AT, subject_id="same")
        with pytest.raises(IntegrityError, match="one_open_call_per_subject_and_operation"):
            some_call(due_at=AT, subject_id="same")
        with pytest.raises(IntegrityError, match="a_call_has_a_known_status"):
            some_call(due_at=AT, status="maybe")


class TestRecordOutcome:
    @pytest.mark.parametrize("outcome", ["succeeded", "pending", "declined", "not_executed"])
    def test_ends_the_waiting_and_keeps_what_was_said(self, outcome: str) -> None:
        call = opened()
        later = AT + timedelta(seconds=3)
        assert answered(
            call, outcome, at=later, answer={"id": "ch_1", "name": "a name"}, external_id="ch_1", http_status=200,
            request_id="req_1", error_code="",
        )  # fmt: skip
        call = fresh(call)
        assert (call.status, call.state, call.answered_at, call.external_id) == (outcome, "done", later, "ch_1")
        assert (call.http_status, call.request_id) == (200, "req_1")
        assert json.loads(open_sealed(call.answer or b"")) == {"id": "ch_1", "name": "a name"}
        assert b"a name" not in bytes(call.answer or b"")

    def test_is_audited_as_the_doing_of_who_asked_for_it(self) -> None:
        call = opened()
        answered(call, "declined", error_code="card_declined")
        entry = AuditEntry.objects.get()
        assert (entry.subject_id, entry.from_state, entry.to_state) == (call.public_id, "sent", "declined")
        assert (entry.actor, entry.reason) == ("user:buyer", "card_declined")

    def test_told_twice_is_recorded_once(self) -> None:
        call = opened()
        assert answered(call, "succeeded", external_id="ch_1") is True
        assert answered(call, "succeeded", at=OVERDUE, external_id="ch_other") is False
        assert (fresh(call).external_id, fresh(call).answered_at) == ("ch_1", AT)
        assert AuditEntry.objects.count() == 1

    def test_an_unknown_one_is_due_to_be_asked_about_soon(self) -> None:
        call = opened()
        assert answered(call, "unknown", error_code="timeout")
        call = fresh(call)
        assert (call.status, call.state, call.answered_at) == ("unknown", "due", None)
        assert call.due_at == AT + timedelta(seconds=FIRST_QUESTION_S)

    @pytest.mark.parametrize("known", ["succeeded", "pending", "declined", "not_executed"])
    def test_a_lost_answer_changes_nothing_that_was_known_before_it(self, known: str) -> None:
        """A webhook told us while the request that made the call was still waiting for its answer."""
        call = opened()
        answered(call, known)
        assert answered(call, "unknown", at=OVERDUE) is False
        assert (fresh(call).status, fresh(call).state) == (known, "done")

    def test_a_late_success_stands_above_a_decline(self) -> None:
        call = opened()
        answered(call, "declined")
        assert answered(call, "succeeded", at=OVERDUE) is True
        assert fresh(call).status == "succeeded"

    @pytest.mark.parametrize("known", ["succeeded", "declined", "reversed"])
    def test_an_answer_that_it_is_under_way_is_older_than_what_is_settled(self, known: str) -> None:
        call = opened()
        GatewayCall.objects.filter(pk=call.pk).update(status=known, state="done")
        assert answered(call, "pending", at=OVERDUE) is False
        assert (fresh(call).status, fresh(call).state) == (known, "done")

    def test_pending_becomes_final(self) -> None:
        call = opened()
        answered(call, "pending")
        assert answered(call, "succeeded") is True
        assert fresh(call).status == "succeeded"

    def test_closes_the_case_that_a_person_had_to_look_at(self) -> None:
        call = opened()
        GatewayCall.objects.filter(pk=call.pk).update(status="unknown", state="dead", case_opened_at=AT)
        answered(call, "succeeded")
        assert (fresh(call).case_opened_at, fresh(call).state) == (None, "done")

    def test_two_at_once_record_it_once(self) -> None:
        """The request's own answer and the webhook's handler come at the same instant."""
        call = opened()
        outcomes = together([lambda: answered(fresh(call), "succeeded", external_id="ch_1")] * 2)
        assert sorted(outcomes) == [False, True]  # type: ignore[type-var]
        assert AuditEntry.objects.count() == 1

    def test_needs_the_transaction_of_what_follows_from_it(self) -> None:
        call = opened()
        with pytest.raises(TransactionManagementError):
            record_outcome(call=call, outcome="succeeded", at=AT)
        assert fresh(call).status == "sent"

    @pytest.mark.parametrize(
        ("origin", "target"),
        [
            (origin, target)
            for origin, target, allowed in CALL_STATES.pairs()
            if not allowed and target != "unknown" and (target, origin) != ("pending", "succeeded")
            and not (target == "pending" and origin in ("declined", "reversed"))
        ],
    )  # fmt: skip
    def test_what_the_table_does_not_have_is_refused_and_nothing_moves(self, origin: str, target: str) -> None:
        call = opened()
        GatewayCall.objects.filter(pk=call.pk).update(status=origin, state="done")
        before = GatewayCall.objects.values().get()
        with pytest.raises(MoveNotAllowed):
            answered(call, target, external_id="ch_1")
        assert GatewayCall.objects.values().get() == before
        assert not AuditEntry.objects.exists()


class TestReopen:
    def test_sends_the_same_call_again_under_the_same_key(self) -> None:
        call = opened()
        answered(call, "not_executed")
        GatewayCall.objects.filter(pk=call.pk).update(absences=2, attempts=5)
        later = AT + timedelta(hours=1)
        with transaction.atomic():
            assert reopen(call, at=later) is True
        again = fresh(call)
        assert (again.public_id, again.status, again.state, again.resends) == (call.public_id, "sent", "due", 1)
        assert (again.sent_at, again.due_at) == (later, later + timedelta(seconds=ANSWER_DUE_S))
        assert (again.absences, again.attempts) == (0, 0), "what was not found before says nothing of this sending"

    @pytest.mark.parametrize("status", ["unknown", "pending", "declined", "succeeded", "reversed"])
    def test_only_what_was_certainly_not_executed(self, status: str) -> None:
        call = opened()
        GatewayCall.objects.filter(pk=call.pk).update(status=status)
        with pytest.raises(MoveNotAllowed), transaction.atomic():
            reopen(fresh(call), at=AT)
        assert fresh(call).resends == 0

    def test_not_while_another_call_for_the_same_thing_is_open(self) -> None:
        thing = subject()
        call = opened(thing)
        answered(call, "not_executed")
        opened(thing)
        with pytest.raises(IntegrityError, match="one_open_call_per_subject_and_operation"), transaction.atomic():
            reopen(call, at=AT)


class TestOpenCalls:
    def test_are_those_whose_outcome_nobody_knows(self) -> None:
        thing = subject()
        sent = opened(thing)
        unknown = opened(thing, operation="thing.undo")
        answered(unknown, "unknown")
        answered(opened(thing, operation="thing.redo"), "pending")
        opened(subject())
        assert {call.pk for call in open_calls(thing)} == {sent.pk, unknown.pk}
