"""An outcome that nobody knows is asked about until somebody does, or a person is called."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from config.audit.models import AuditEntry
from config.calls.asking import ask_now
from config.calls.models import GatewayCall
from config.calls.services import (
    ANSWER_DUE_S,
    CALLS,
    OpenCallExists,
    ask_due,
    count_absence,
    reopen,
)
from config.calls.tests.asking import AT, OPERATION, OVERDUE, Gateway, answered, answers, fresh, opened, subject
from config.kernel.backoff import ASKING, WAITING
from config.kernel.errors import Unavailable
from config.outbox.models import OutboxJob
from config.queue.engine import claim
from config.queue.models import Pause
from config.queue.tests.rows import end_leases
from config.tests.together import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


STEPS = len(ASKING.steps_s)


def ask(at: datetime = OVERDUE) -> int:
    return ask_due(now=lambda: at)


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


class TestCountAbsence:
    def absent(self, call: GatewayCall, at: datetime, *, times: int = 2) -> bool:
        minute = timedelta(minutes=1)
        return count_absence(call=fresh(call), after=minute, times=times, apart=minute, at=at)

    def test_not_before_the_request_can_have_come_through(self) -> None:
        call = opened()
        assert not self.absent(call, AT + timedelta(seconds=59), times=1)
        assert (fresh(call).absences, fresh(call).absent_at) == (0, None)
        assert self.absent(call, AT + timedelta(seconds=60), times=1)

    def test_as_often_as_is_wanted_and_each_apart_from_the_one_before(self) -> None:
        call, first = opened(), AT + timedelta(seconds=100)
        assert not self.absent(call, first)
        assert not self.absent(call, first + timedelta(seconds=59)), "a client that asks again and again proves nothing"
        assert fresh(call).absences == 1
        assert self.absent(call, first + timedelta(seconds=60))

    def test_what_was_sent_again_begins_anew(self) -> None:
        call, again = opened(), AT + timedelta(minutes=5)
        answered(call, "unknown")
        assert not self.absent(call, again)
        answered(fresh(call), "not_executed")
        with transaction.atomic():
            assert reopen(fresh(call), at=again)
        assert (fresh(call).absences, fresh(call).absent_at) == (0, None)
        assert not self.absent(call, again + timedelta(minutes=1))


class TestUndecided:
    """The other side has it and has not decided: it is asked about too, slowly, in case nobody tells us."""

    def undecided(self) -> GatewayCall:
        call = opened()
        answered(call, "pending", external_id="re_1", ask_at=AT + timedelta(hours=1))
        return fresh(call)

    def test_is_asked_about_when_it_was_said_and_stays_pending(self, gateway: Gateway) -> None:
        call = self.undecided()
        assert (call.status, call.state) == ("pending", "due")
        assert ask(AT + timedelta(minutes=59)) == 0
        assert ask(AT + timedelta(hours=1)) == 1
        assert gateway.asked == [(call.public_id, AT + timedelta(hours=1))]
        call = fresh(call)
        assert (call.status, call.state, call.last_error_code) == ("pending", "due", "undecided")
        assert not AuditEntry.objects.filter(to_state="unknown").exists()

    def test_without_an_instant_nobody_asks(self, gateway: Gateway) -> None:
        call = opened()
        answered(call, "pending")
        assert fresh(call).state == "done"
        assert ask(AT + timedelta(days=9)) == 0

    def test_a_decision_ends_it(self, gateway: Gateway) -> None:
        call = self.undecided()
        gateway.says = answers("succeeded", external_id="re_1")
        ask(AT + timedelta(hours=1))
        assert (fresh(call).status, fresh(call).state, fresh(call).lease_token) == ("succeeded", "done", None)

    def test_is_asked_about_for_a_month_until_a_person_is_called(self, gateway: Gateway, settings: Any) -> None:
        settings.LISTENERS = {"call.unanswered": ["config.outbox.tests.listening.first"]}
        call, waits = self.undecided(), []
        while fresh(call).state == "due":
            at = fresh(call).due_at
            assert ask(at) == 1
            waits.append(fresh(call).due_at - at)
        assert waits[:-1] == [timedelta(seconds=step) for step in WAITING.steps_s]
        call = fresh(call)
        assert (call.status, call.state, call.case_opened_at) == ("pending", "dead", at)
        assert OutboxJob.objects.get().topic == "call.unanswered"
        assert ask_now(call_pk=call.pk, actor="user:ops", reason="the buyer rang", at=at), "a person has it asked again"

    def test_is_read_from_the_index_of_what_is_due(self) -> None:
        self.undecided()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(
                "EXPLAIN SELECT id FROM config_gatewaycall q WHERE q.state = 'due' AND q.due_at <= now()"
                " ORDER BY q.due_at LIMIT 20"
            )
            assert any("call_due" in line for (line,) in cursor.fetchall())
