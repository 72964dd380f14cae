"""One event, one transaction with all its effects: every way in which a turn can end."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from config.crypto import seal
from config.inbox.contract import Event, Handled, Hopeless
from config.inbox.models import WebhookEvent
from config.inbox.tests.toy import AT, SOURCE, Script, effect, effects, received
from config.inbox.tests.turns import HOUR, fresh, process, raising
from config.kernel.backoff import INBOX as LADDER
from config.kernel.errors import Conflict
from config.ops.metrics import WEBHOOKS
from config.outbox.models import OutboxJob
from config.queue.models import Pause
from config.tests.together import begin, elsewhere, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)


class TestHandled:
    def test_processed_with_its_effects_its_note_and_whom_it_concerns(self, script: Script) -> None:
        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            effect(event.event_id)
            return Handled.processed("pay_1: captured", "usr_1", "usr_2")

        script.handle = handle
        row = received(amount=5)
        assert process() == 1
        row = fresh(row)
        assert (row.state, row.note, row.concerns) == ("processed", "pay_1: captured", ["usr_1", "usr_2"])
        assert (row.processed_at, row.attempts, row.lease_token, row.last_error_code) == (AT, 1, None, "")
        assert effects() == [row.event_id]

    def test_the_handler_sees_the_event_as_it_was_signed(self, script: Script) -> None:
        row = received(amount=5, text="₹")
        process()
        (event,) = script.handled
        assert (event.id, event.source, event.account, event.event_id) == (row.pk, SOURCE, SOURCE, row.event_id)
        assert (event.type, event.object_id, event.livemode, event.occurred_at) == (
            "thing.made",
            row.object_id,
            False,
            AT,
        )
        assert (event.payload["amount"], event.payload["text"]) == (5, "₹")

    @pytest.mark.parametrize(
        ("handled", "state"), [(Handled.ignored("not for us"), "ignored"), (Handled.foreign("another's"), "foreign")]
    )
    def test_not_ours(self, script: Script, handled: Handled, state: str) -> None:
        script.handle = lambda event, fetched: handled
        row = received()
        process()
        assert (fresh(row).state, fresh(row).note, fresh(row).processed_at) == (state, handled.note, AT)

    def test_is_counted_by_what_became_of_it(self, script: Script) -> None:
        def counted() -> float:
            return float(WEBHOOKS.labels(SOURCE, "thing.made", "processed")._value.get())

        before = counted()
        received()
        process()
        assert counted() == before + 1

    def test_each_event_commits_by_itself(self, script: Script) -> None:
        first, second = received(), received()
        seen = {}

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            if event.id == second.pk:
                seen["first"] = elsewhere(lambda: fresh(first).state)
            return Handled.processed("done")

        script.handle = handle
        process()
        assert seen == {"first": "processed"}

    def test_a_long_note_is_cut(self, script: Script) -> None:
        script.handle = lambda event, fetched: Handled.processed("x" * 900)
        row = received()
        process()
        assert fresh(row).note == "x" * 500

    def test_an_outcome_that_does_not_exist_is_a_bug_and_leaves_nothing(self, script: Script) -> None:
        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            effect("half")
            return Handled("procesed")

        script.handle = handle
        row = received()
        process()
        assert (fresh(row).state, fresh(row).last_error_code, effects()) == ("due", "bug", [])


class TestRefused:
    def test_is_tried_again_under_its_own_code(self, script: Script, caplog: pytest.LogCaptureFixture) -> None:
        script.handle = raising(Conflict("somebody was faster"))
        row = received()
        process()
        row = fresh(row)
        assert (row.state, row.last_error_code, row.last_error) == ("due", "conflict", "somebody was faster")
        assert (row.due_at, row.attempts, row.processed_at) == (AT + timedelta(seconds=1), 1, None)
        assert effects() == []
        assert {record.levelno for record in caplog.records if record.name == "config.inbox.processor"} == {
            logging.WARNING
        }

    def test_walks_the_whole_ladder_and_dies_at_its_end(self, script: Script) -> None:
        script.handle = raising(Conflict())
        row, at, waits = received(), AT, []
        while (row := fresh(row)).state == "due":
            waits.append(row.due_at - at)
            at = row.due_at
            assert process(at - timedelta(milliseconds=1)) == 0
            assert process(at) == 1
        assert waits[1:] == [LADDER.after(failures) for failures in range(1, 19)]
        assert (row.state, row.attempts, row.last_error_code) == ("dead", 19, "conflict")
        assert sum(waits, timedelta()) > 72 * HOUR

    def test_a_later_success_forgets_the_error(self, script: Script) -> None:
        script.handle = raising(Conflict("no"))
        row = received()
        process()
        script.handle = lambda event, fetched: Handled.processed("done")
        process(AT + HOUR)
        assert (fresh(row).state, fresh(row).last_error_code, fresh(row).last_error) == ("processed", "", "")


class TestBug:
    def test_is_tried_again_and_raises_the_alarm_at_the_first(
        self, script: Script, caplog: pytest.LogCaptureFixture
    ) -> None:
        script.handle = raising(KeyError("amount"))
        row = received()
        process()
        assert (fresh(row).state, fresh(row).last_error_code) == ("due", "bug")
        assert fresh(row).last_error == "KeyError: 'amount'"
        assert effects() == []
        (alarm,) = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert alarm.exc_info
        assert alarm.__dict__["event"] == row.pk

    def test_of_one_event_is_no_other_events_business(self, script: Script) -> None:
        rows = [received() for _ in range(5)]

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            if event.id == rows[2].pk:
                raise ZeroDivisionError
            return Handled.processed("done")

        script.handle = handle
        assert process() == 5
        assert [fresh(row).state for row in rows] == ["processed", "processed", "due", "processed", "processed"]

    @pytest.mark.parametrize("message", ["nul \x00", "half \ud800", "x" * 10_000])
    def test_is_recorded_whatever_it_says(self, script: Script, message: str) -> None:
        script.handle = raising(ValueError(message))
        row = received()
        process()
        assert (fresh(row).state, fresh(row).last_error_code, fresh(row).lease_token) == ("due", "bug", None)

    def test_a_body_that_nobody_can_decrypt_waits_for_the_key(self, script: Script) -> None:
        row = received()
        WebhookEvent.objects.update(body=b"sealed with a key that was lost")
        process()
        assert (fresh(row).state, fresh(row).last_error_code) == ("due", "bug")
        WebhookEvent.objects.update(body=seal(b'{"id": "x"}'))
        process(AT + HOUR)
        assert fresh(row).state == "processed"


class TestHopeless:
    def test_is_dead_at_once_and_waits_for_a_person(self, script: Script, caplog: pytest.LogCaptureFixture) -> None:
        script.handle = raising(Hopeless("unreadable_object", "refund.amount is a list"))
        row = received()
        process()
        row = fresh(row)
        assert (row.state, row.last_error_code, row.last_error) == (
            "dead", "unreadable_object", "refund.amount is a list"
        )  # fmt: skip
        assert effects() == []
        assert [record.levelno for record in caplog.records if record.levelno > logging.WARNING] == [logging.ERROR]

    def test_a_purged_body_is_dead_at_once_and_never_handled(self, script: Script) -> None:
        """Trying again would find nothing either, and a row that is due keeps the escrow's clock standing still."""
        row = received()
        WebhookEvent.objects.update(body=None)
        process()
        assert (script.handled, fresh(row).state, fresh(row).last_error_code) == ([], "dead", "body_purged")


class TestDatabase:
    def test_that_goes_away_under_a_handler_costs_one_attempt(self, script: Script) -> None:
        """The connection is gone: the attempt is rolled back, recorded on a new one, and the others go on."""
        first, second = received(), received()

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            effect("half" if event.id == first.pk else "whole")
            if event.id == first.pk:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            return Handled.processed("done")

        script.handle = handle
        assert process() == 2
        assert (fresh(first).state, fresh(first).last_error_code) == ("due", "database")
        assert (fresh(second).state, effects()) == ("processed", ["whole"])

    def test_a_lock_that_nobody_gives_back_is_tried_again(self, script: Script) -> None:
        row = received()
        script.handle = raising(OperationalError("canceling statement due to lock timeout"))
        process()
        assert (fresh(row).state, fresh(row).last_error_code, effects()) == ("due", "database", [])


class TestPaused:
    def test_a_kill_switch_holds_one_type_of_one_gateway(self, script: Script) -> None:
        held, other = received(), received(type="thing.unmade")
        Pause.objects.create(queue="inbox", kind=f"{SOURCE}:thing.made", reason="a test", paused_by="user:ops")
        assert process() == 1
        assert (fresh(held).state, fresh(other).state) == ("due", "processed")


class TestTwoEventsOfOneObject:
    def test_are_serialised_by_the_objects_own_lock(self, script: Script) -> None:
        """Two workers, two events, one order: the second waits for the first, and sees what it wrote."""
        effect("the order")
        received()
        others: list[Future[int]] = []

        def second() -> int:
            received()
            return process()

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            row = OutboxJob.objects.select_for_update().get(fact_key="the order")
            if not others:
                others.append(begin(second))
                wait_until_somebody_waits_for_a_lock()
            OutboxJob.objects.filter(pk=row.pk).update(attempts=row.attempts + 1)
            return Handled.processed(f"the order stands at {row.attempts + 1}")

        script.handle = handle
        process()
        assert others[0].result(30) == 1
        assert list(WebhookEvent.objects.order_by("pk").values_list("note", flat=True)) == [
            "the order stands at 1", "the order stands at 2"
        ]  # fmt: skip
