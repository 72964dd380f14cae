"""An intent is written once, its outcome once, and an outcome that nobody knows is asked about until somebody does."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from config.audit.models import AuditEntry
from config.calls.models import GatewayCall
from config.calls.services import (
    ANSWER_DUE_S,
    CALLS,
    FIRST_QUESTION_S,
    OpenCallExists,
    ask_due,
    open_calls,
    record_outcome,
    reopen,
)
from config.calls.states import CALL_STATES, OPEN, CallStatus
from config.calls.tests.asking import AT, OPERATION, OVERDUE, Gateway, answered, answers, fresh, opened, subject
from config.crypto import open_sealed
from config.kernel.backoff import ASKING
from config.kernel.errors import Unavailable
from config.kernel.states import MoveNotAllowed
from config.ops.tests.rows import call as some_call
from config.outbox.models import OutboxJob
from config.queue.engine import claim
from config.queue.models import Pause
from config.queue.tests.rows import end_leases
from config.tests.together import elsewhere, together

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = len(ASKING.steps_s)


def ask(at: datetime = OVERDUE) -> int:
    return ask_due(now=lambda: at)


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


class TestAsking:
    def test_nobody_is_asked_before_the_answer_is_overdue(self, gateway: Gateway) -> None:
        opened()
        assert ask(OVERDUE - timedelta(seconds=1)) == 0
        assert gateway.asked == []

    def test_a_call_that_was_sent_and_never_came_back_is_unknown_and_asked_about(self, gateway: Gateway) -> None:
        """Its process died between the call and the record."""
        call = opened()
        assert ask() == 1
        assert gateway.asked == [(call.public_id, OVERDUE)]
        assert fresh(call).status == "unknown"
        entry = AuditEntry.objects.get()
        assert (entry.from_state, entry.to_state, entry.actor) == ("sent", "unknown", "system:asking")

    def test_it_is_unknown_for_everybody_before_it_is_asked_about(self, gateway: Gateway) -> None:
        call = opened()
        seen = []
        gateway.says = lambda call, at: seen.append((elsewhere(lambda: fresh(call).status), connection.in_atomic_block))
        ask()
        assert seen == [("unknown", False)]
        assert fresh(call).status == "unknown"

    @pytest.mark.parametrize("outcome", ["succeeded", "pending", "declined", "not_executed"])
    def test_an_answer_ends_it(self, gateway: Gateway, outcome: str) -> None:
        call = opened()
        gateway.says = answers(outcome, external_id="ch_1")
        ask()
        call = fresh(call)
        assert (call.status, call.state, call.lease_token, call.external_id) == (outcome, "done", None, "ch_1")
        assert ask(OVERDUE + timedelta(days=9)) == 0

    def test_no_answer_is_asked_for_again_by_the_ladder_until_a_person_is_called(self, gateway: Gateway) -> None:
        call, at, waits = opened(), OVERDUE, []
        while fresh(call).state == "due":
            at = fresh(call).due_at
            assert ask(at - timedelta(milliseconds=1)) == 0
            assert ask(at) == 1
            waits.append(fresh(call).due_at - at)
        assert waits[:-1] == [timedelta(seconds=step) for step in ASKING.steps_s]
        call = fresh(call)
        assert (call.status, call.state, call.case_opened_at, call.attempts) == ("unknown", "dead", at, STEPS + 1)
        assert call.last_error_code == "no_answer"

    def test_the_end_of_asking_is_announced_and_still_blocks_the_debt(self, gateway: Gateway, settings: Any) -> None:
        settings.LISTENERS = {"call.unanswered": ["config.outbox.tests.listening.first"]}
        thing = subject()
        call = opened(thing)
        GatewayCall.objects.update(attempts=STEPS)
        ask()
        job = OutboxJob.objects.get()
        assert (job.topic, job.payload) == ("call.unanswered", {"call": call.public_id})
        with pytest.raises(OpenCallExists):
            opened(thing)

    def test_a_second_case_of_one_call_is_announced_too(self, gateway: Gateway, settings: Any) -> None:
        settings.LISTENERS = {"call.unanswered": ["config.outbox.tests.listening.first"]}
        call = opened()
        GatewayCall.objects.update(attempts=STEPS)
        ask()
        answered(fresh(call), "not_executed")
        with transaction.atomic():
            reopen(fresh(call), at=OVERDUE)
        GatewayCall.objects.update(attempts=STEPS)
        ask(OVERDUE + timedelta(days=1))
        assert fresh(call).case_opened_at == OVERDUE + timedelta(days=1)
        assert OutboxJob.objects.count() == 2

    def test_a_case_and_its_announcement_commit_together(self, gateway: Gateway, settings: Any) -> None:
        settings.LISTENERS = {}
        call = opened()
        GatewayCall.objects.update(attempts=STEPS)
        with pytest.raises(LookupError):
            ask()
        assert (fresh(call).state, fresh(call).case_opened_at) == ("due", None)

    def test_what_fails_while_asking_is_asked_again(self, gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
        def breaks(call: GatewayCall, at: datetime) -> None:
            raise ZeroDivisionError("nonsense")

        gateway.says = breaks
        call = opened()
        ask()
        call = fresh(call)
        assert (call.status, call.state, call.last_error_code) == ("unknown", "due", "ZeroDivisionError")
        assert call.due_at == OVERDUE + timedelta(seconds=ASKING.steps_s[0])
        assert [record.levelno for record in caplog.records if record.name == "config.calls.services"] == [
            logging.ERROR
        ]

    def test_a_gateway_that_is_away_is_no_bug(self, gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
        def away(call: GatewayCall, at: datetime) -> None:
            raise Unavailable("no answer")

        gateway.says = away
        call = opened()
        ask()
        assert fresh(call).last_error_code == "unavailable"
        assert not [record for record in caplog.records if record.levelno > logging.WARNING]

    def test_an_operation_that_nobody_can_ask_about_ends_with_a_person(self, gateway: Gateway) -> None:
        call = opened(operation="thing.unheard_of")
        GatewayCall.objects.update(attempts=STEPS)
        ask()
        assert (fresh(call).state, fresh(call).case_opened_at, fresh(call).last_error_code) == (
            "dead",
            OVERDUE,
            "KeyError",
        )

    def test_one_call_does_not_keep_the_others(self, gateway: Gateway) -> None:
        calls = [opened() for _ in range(3)]

        def says(call: GatewayCall, at: datetime) -> None:
            if call.pk == calls[0].pk:
                raise ZeroDivisionError
            answered(call, "succeeded", at=at)

        gateway.says = says
        assert ask() == 3
        assert [fresh(call).status for call in calls] == ["unknown", "succeeded", "succeeded"]

    def test_a_kill_switch_holds_one_operation(self, gateway: Gateway) -> None:
        opened()
        Pause.objects.create(queue="calls", kind=OPERATION, reason="a test", paused_by="user:ops")
        assert ask() == 0


class TestNobodyElse:
    def test_is_asked_while_another_worker_asks(self, gateway: Gateway) -> None:
        opened()
        turns = []
        gateway.says = lambda call, at: turns.append(elsewhere(ask))
        assert ask() == 1
        assert turns == [0]
        assert len(gateway.asked) == 1

    def test_a_lost_lease_writes_nothing(self, gateway: Gateway) -> None:
        """The worker was away for so long that another one asked and got the answer."""
        call = opened()

        def says(asked: GatewayCall, at: datetime) -> None:
            if len(gateway.asked) == 1:
                end_leases(GatewayCall)
                elsewhere(ask)
            else:
                answered(asked, "succeeded", at=at, external_id="ch_1")

        gateway.says = says
        ask()
        call = fresh(call)
        assert (call.status, call.state, call.external_id, call.last_error_code) == ("succeeded", "done", "ch_1", "")

    def test_a_webhook_may_answer_while_the_question_is_under_way(self, gateway: Gateway) -> None:
        call = opened()

        def says(asked: GatewayCall, at: datetime) -> None:
            elsewhere(lambda: answered(fresh(asked), "succeeded", external_id="ch_1"))

        gateway.says = says
        ask()
        assert (fresh(call).status, fresh(call).state, fresh(call).lease_token) == ("succeeded", "done", None)

    def test_a_webhook_may_answer_between_the_claim_and_the_question(self, gateway: Gateway) -> None:
        """The whole batch is claimed at once; what was answered meanwhile is not asked about, and stops nobody."""
        first, second = opened(), opened()

        def says(asked: GatewayCall, at: datetime) -> None:
            elsewhere(lambda: answered(fresh(second), "succeeded", external_id="ch_2"))

        gateway.says = says
        assert ask() == 2
        assert [asked for asked, _ in gateway.asked] == [first.public_id]
        assert (fresh(second).status, fresh(second).state) == ("succeeded", "done")

    def test_a_call_that_is_sent_again_while_it_is_asked_about_gets_its_time(self, gateway: Gateway) -> None:
        """The answer was "not executed", and the outbox sent it again before the asker had put its row away."""
        call = opened()

        def says(asked: GatewayCall, at: datetime) -> None:
            answered(asked, "not_executed", at=at)
            elsewhere(send_again)

        def send_again() -> None:
            with transaction.atomic():
                reopen(fresh(call), at=OVERDUE)

        gateway.says = says
        ask()
        again = fresh(call)
        assert (again.status, again.state) == ("sent", "due")
        assert again.due_at == OVERDUE + timedelta(seconds=ANSWER_DUE_S)


class TestPoison:
    def test_a_call_whose_question_kills_the_worker_opens_a_case(self, gateway: Gateway, settings: Any) -> None:
        """It must not end dead and unseen: its debt is blocked until somebody looks."""
        settings.LISTENERS = {"call.unanswered": ["config.outbox.tests.listening.first"]}
        call = opened()
        for _ in range(3):
            assert len(claim(CALLS, at=OVERDUE)) == 1
            end_leases(GatewayCall)
        assert ask() == 0
        call = fresh(call)
        assert (call.state, call.last_error_code, call.case_opened_at) == ("dead", "poison", OVERDUE)
        assert OutboxJob.objects.get().topic == "call.unanswered"
