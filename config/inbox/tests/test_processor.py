"""One event, one transaction with all its effects: every way in which a turn can end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from config.calls.barrier import CallInsideTransaction, check_call_allowed
from config.crypto import seal
from config.inbox.contract import Event, Handled, Hopeless, NeedsFetch, Park
from config.inbox.models import WebhookEvent
from config.inbox.processor import MAX_FETCHES, oldest_unprocessed, process_inbox, unpark_due
from config.inbox.storing import wake
from config.inbox.tests.toy import AT, SOURCE, Script, effect, effects, received
from config.kernel.backoff import INBOX as LADDER
from config.kernel.errors import Conflict, Unavailable
from config.ops.metrics import WEBHOOKS
from config.outbox.models import OutboxJob
from config.queue.models import Pause
from config.queue.tests.rows import end_leases
from config.tests.together import begin, elsewhere, together, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


def process(at: datetime = AT) -> int:
    return process_inbox(now=lambda: at)


def lose_the_lease() -> None:
    """Every lease ends, as if the worker had been away for long; to be run elsewhere, so that it is committed."""
    end_leases(WebhookEvent)


def fresh(row: WebhookEvent) -> WebhookEvent:
    return WebhookEvent.objects.get(pk=row.pk)


def raising(error: Exception) -> Callable[[Event, Mapping[Any, Any]], Handled]:
    """A handler which writes an effect and then fails."""

    def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
        effect(f"half of {event.event_id}")
        raise error

    return handle


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


class TestLeaseLost:
    def test_rolls_every_effect_back_and_leaves_the_row_to_who_has_it(
        self, script: Script, caplog: pytest.LogCaptureFixture
    ) -> None:
        row = received()

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            effect(f"turn {len(script.handled)}")
            if len(script.handled) == 1:
                elsewhere(lose_the_lease)
                elsewhere(process)  # another worker takes the row and finishes it first
            return Handled.processed(f"turn {len(script.handled)}")

        script.handle = handle
        assert process() == 1
        assert effects() == ["turn 2"]
        assert (fresh(row).state, fresh(row).note, fresh(row).attempts) == ("processed", "turn 2", 2)
        assert "lease lost" in caplog.text

    def test_a_failure_of_the_late_one_changes_nothing(self, script: Script) -> None:
        row = received()

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            if len(script.handled) == 1:
                elsewhere(lose_the_lease)
                elsewhere(process)
                raise ZeroDivisionError
            return Handled.processed("done")

        script.handle = handle
        process()
        assert (fresh(row).state, fresh(row).last_error_code) == ("processed", "")

    @pytest.mark.parametrize("late", [Park("obj_9"), Hopeless("unreadable"), Conflict()])
    def test_nor_does_any_other_ending(self, script: Script, late: Exception) -> None:
        row = received()

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            if len(script.handled) == 1:
                elsewhere(lose_the_lease)
                elsewhere(process)
                raise late
            return Handled.processed("done")

        script.handle = handle
        process()
        assert (fresh(row).state, fresh(row).wake_key) == ("processed", "")

    def test_an_event_that_kills_its_worker_is_quarantined_after_three_turns(self, script: Script) -> None:
        rows = [received() for _ in range(3)]
        script.handle = raising(SystemExit())  # type: ignore[arg-type]
        for _ in range(3):
            with pytest.raises(SystemExit):
                process()
            WebhookEvent.objects.filter(pk__in=[row.pk for row in rows[1:]]).update(due_at=AT + HOUR)
            end_leases(WebhookEvent)
        assert process() == 0
        assert (fresh(rows[0]).state, fresh(rows[0]).last_error_code) == ("dead", "poison")
        script.handle = lambda event, fetched: Handled.processed("done")
        assert process(AT + HOUR) == 2


class TestNeedsFetch:
    def test_rolls_back_fetches_without_a_lock_and_runs_again_with_the_answer(self, script: Script) -> None:
        row = received()

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            effect(f"run {len(script.handled)}")
            if ("payment", "pi_1") not in fetched:
                raise NeedsFetch("payment", "pi_1")
            return Handled.processed(f"got {fetched['payment', 'pi_1']}")

        def fetch(kind: str, object_id: str) -> Any:
            check_call_allowed("a question")  # no transaction is open
            assert effects() == [], "the first run was rolled back"
            assert elsewhere(can_be_locked)
            return "the answer"

        def can_be_locked() -> bool:
            with transaction.atomic():
                return bool(WebhookEvent.objects.select_for_update(nowait=True).get(pk=row.pk))

        script.handle, script.fetch = handle, fetch
        process()
        assert script.fetched == [(SOURCE, "payment", "pi_1")]
        assert (fresh(row).state, fresh(row).note, fresh(row).attempts) == ("processed", "got the answer", 1)
        assert effects() == ["run 2"]

    def test_each_thing_is_asked_for_once(self, script: Script) -> None:
        wanted = [("payment", "pi_1"), ("refunds", "pi_1"), ("payment", "pi_2")]

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            for key in wanted:
                if key not in fetched:
                    raise NeedsFetch(*key)
            return Handled.processed("done")

        script.handle = handle
        row = received()
        process()
        assert [(kind, object_id) for _, kind, object_id in script.fetched] == wanted
        assert fresh(row).state == "processed"

    def test_an_answer_that_there_is_nothing_is_an_answer(self, script: Script) -> None:
        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            if ("payment", "pi_1") not in fetched:
                raise NeedsFetch("payment", "pi_1")
            return Handled.foreign("unknown there too") if fetched["payment", "pi_1"] is None else Handled.processed("")

        script.handle, script.fetch = handle, lambda kind, object_id: None
        row = received()
        process()
        assert fresh(row).state == "foreign"

    def test_a_gateway_that_does_not_answer_is_no_bug(self, script: Script, caplog: pytest.LogCaptureFixture) -> None:
        def fetch(kind: str, object_id: str) -> Any:
            raise Unavailable("no answer")

        script.handle, script.fetch = raising(NeedsFetch("payment", "pi_1")), fetch
        row = received()
        process()
        assert (fresh(row).state, fresh(row).last_error_code, effects()) == ("due", "unavailable", [])
        assert not [record for record in caplog.records if record.levelno > logging.WARNING]

    def test_a_handler_that_is_never_satisfied_is_stopped(self, script: Script) -> None:
        script.handle = raising(NeedsFetch("payment", "pi_1"))
        row = received()
        process()
        assert len(script.fetched) == MAX_FETCHES
        assert (fresh(row).state, fresh(row).last_error_code) == ("due", "too_many_fetches")

    def test_the_lease_may_be_lost_while_the_gateway_thinks(self, script: Script) -> None:
        row = received()

        def fetch(kind: str, object_id: str) -> Any:
            if len(script.fetched) == 1:
                elsewhere(lose_the_lease)
                elsewhere(process)
            return "the answer"

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            if not fetched:
                raise NeedsFetch("payment", "pi_1")
            effect(f"run {len(script.handled)}")
            return Handled.processed("done")

        script.handle, script.fetch = handle, fetch
        process()
        assert len(effects()) == 1
        assert (fresh(row).state, fresh(row).attempts) == ("processed", 2)

    def test_a_handler_that_calls_out_by_itself_is_caught(self, script: Script) -> None:
        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            with pytest.raises(CallInsideTransaction):
                check_call_allowed("a question")
            return Handled.processed("caught")

        script.handle = handle
        row = received()
        process()
        assert fresh(row).note == "caught"


def object_is_stored(name: str) -> bool:
    return OutboxJob.objects.filter(topic="effect", fact_key=name).exists()


def store_object(name: str, at: datetime = AT) -> int:
    """What a business act does: the object and the wake-up in one commit. Returns how many it woke."""
    with transaction.atomic():
        effect(name)
        return wake([name], at=at)


def waits_for(name: str) -> Callable[[Event, Mapping[Any, Any]], Handled]:
    def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
        if not object_is_stored(name):
            raise Park(name)
        return Handled.processed(f"found {name}")

    return handle


class TestPark:
    def test_waits_for_its_object_and_is_woken_by_the_commit_that_stores_it(self, script: Script) -> None:
        script.handle = waits_for("pay_1")
        row = received()
        assert process() == 1
        row = fresh(row)
        assert (row.state, row.wake_key, row.parked_at, row.lease_token) == ("parked", "pay_1", AT, None)
        assert process(AT + HOUR) == 0, "parked is not due"
        assert store_object("pay_1") == 1
        assert process() == 1
        row = fresh(row)
        assert (row.state, row.note, row.wake_key, row.parked_at) == ("processed", "found pay_1", "", None)

    def test_rolls_back_what_it_had_done(self, script: Script) -> None:
        script.handle = raising(Park("pay_1"))
        received()
        process()
        assert effects() == []

    def test_looks_again_by_the_ladder_though_nobody_wakes_it(self, script: Script) -> None:
        script.handle = waits_for("pay_1")
        row = received()
        process()
        assert fresh(row).due_at == AT + timedelta(seconds=1)
        assert unpark_due(at=AT) == 0
        assert unpark_due(at=AT + timedelta(seconds=1)) == 1
        assert process(AT + timedelta(seconds=1)) == 1
        assert (fresh(row).state, fresh(row).due_at) == ("parked", AT + timedelta(seconds=6))

    def test_is_dead_when_the_object_never_came(self, script: Script) -> None:
        script.handle = waits_for("pay_1")
        row, at, turns = received(), AT, 0
        while fresh(row).state != "dead":
            unpark_due(at=at)
            turns += process(at)
            at = fresh(row).due_at
        assert (turns, fresh(row).last_error_code) == (19, "object_never_came")
        assert "pay_1" in fresh(row).last_error
        assert at - AT > 60 * HOUR

    def test_stays_parked_while_its_type_is_paused_and_goes_on_after(self, script: Script) -> None:
        script.handle = waits_for("pay_1")
        row = received()
        process()
        Pause.objects.create(queue="inbox", kind=f"{SOURCE}:thing.made", reason="a test", paused_by="user:ops")
        store_object("pay_1")
        assert process() == 0
        Pause.objects.all().delete()
        assert process() == 1
        assert fresh(row).state == "processed"


class TestParkAgainstWake:
    """The object is stored while an event looks for it: whoever commits first, the event is not stranded."""

    def test_parked_first_then_stored(self, script: Script) -> None:
        script.handle = waits_for("pay_1")
        row = received()
        process()
        assert elsewhere(lambda: store_object("pay_1")) == 1
        assert process() == 1
        assert fresh(row).state == "processed"

    def test_stored_between_the_look_and_the_parking(self, script: Script) -> None:
        """The wake-up found nothing to wake, so the event looks once more after it is parked."""

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            if len(script.handled) == 1:
                assert not object_is_stored("pay_1")
                assert elsewhere(lambda: store_object("pay_1")) == 0, "nothing is parked yet"
                raise Park("pay_1")
            return waits_for("pay_1")(event, fetched)

        script.handle = handle
        row = received()
        assert process() == 1
        assert (fresh(row).state, fresh(row).wake_key, fresh(row).last_error_code) == ("processed", "", "")

    def test_the_storing_has_woken_and_not_committed_when_the_event_parks(self, script: Script) -> None:
        """The parking waits for the commit; without that the second look would come too early to see the object."""
        script.handle = waits_for("pay_1")
        row = received()
        with transaction.atomic():
            assert store_object("pay_1") == 0
            processing = begin(process)
            wait_until_somebody_waits_for_a_lock()
        assert processing.result(30) == 1
        assert fresh(row).state == "processed"

    def test_stored_after_the_second_look_began(self, script: Script) -> None:
        """The wake-up finds the parked row: it is due again, and stays so when the second look parks it no more."""

        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            if len(script.handled) == 2:
                assert elsewhere(lambda: store_object("pay_1")) == 1
                raise Park("pay_1")
            return waits_for("pay_1")(event, fetched)

        script.handle = handle
        row = received()
        process()
        assert fresh(row).state == "processed"
        assert fresh(row).attempts == 2

    def test_another_worker_may_take_it_while_the_second_look_lasts(self, script: Script) -> None:
        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            if len(script.handled) == 2:
                elsewhere(lambda: store_object("pay_1"))
                assert elsewhere(process) == 1
            effect(f"run {len(script.handled)}")
            return waits_for("pay_1")(event, fetched)

        script.handle = handle
        row = received()
        process()
        assert (fresh(row).state, fresh(row).lease_token) == ("processed", None)
        assert [name for name in effects() if name != "pay_1"] == ["run 3"], "one run counts"

    def test_what_fails_at_the_second_look_is_tried_again(self, script: Script) -> None:
        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            raise Park("pay_1") if len(script.handled) == 1 else Conflict("not now")

        script.handle = handle
        row = received()
        process()
        row = fresh(row)
        assert (row.state, row.last_error_code, row.lease_token) == ("due", "conflict", None)
        assert row.due_at == AT + timedelta(seconds=1)

    def test_it_may_wait_for_one_thing_after_the_other(self, script: Script) -> None:
        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            for name in ("pay_1", "rf_1"):
                if not object_is_stored(name):
                    if len(script.handled) == 1:
                        elsewhere(lambda: store_object("pay_1"))
                    raise Park(name)
            return Handled.processed("done")

        script.handle = handle
        row = received()
        process()
        assert (fresh(row).state, fresh(row).wake_key, fresh(row).lease_token) == ("parked", "rf_1", None)
        store_object("rf_1")
        process()
        assert fresh(row).state == "processed"

    def test_storers_of_other_objects_do_not_wait_for_each_other(self, script: Script) -> None:
        with transaction.atomic():
            store_object("pay_1")
            elsewhere(lambda: store_object("pay_2"))

    def test_both_at_once_many_times_never_strand_it(self, script: Script) -> None:
        for number in range(15):
            name = f"pay_{number}"
            script.handle = waits_for(name)
            row = received()
            together([process, lambda name=name: store_object(name)])
            process()  # no ladder is needed: woken it is due, or it was found at the second look
            assert fresh(row).state == "processed", number

    def test_waking_waits_for_a_parking_that_is_under_way(self, script: Script) -> None:
        """A wake-up that finds the row locked by its parking looks at it again once that is committed."""
        row = received()
        WebhookEvent.objects.update(state="parked", wake_key="pay_1", due_at=AT + 6 * HOUR)
        with transaction.atomic():
            WebhookEvent.objects.filter(pk=row.pk).update(note="somebody writes to it")
            waking = begin(lambda: store_object("pay_1"))
            wait_until_somebody_waits_for_a_lock()
        assert waking.result(30) == 1
        assert fresh(row).state == "due"


class TestUnparkDue:
    def test_takes_so_many_at_a_time_oldest_first(self) -> None:
        rows = [received() for _ in range(5)]
        for number, row in enumerate(rows):
            WebhookEvent.objects.filter(pk=row.pk).update(
                state="parked", wake_key="x", due_at=AT - timedelta(minutes=number)
            )
        assert unpark_due(at=AT, limit=2) == 2
        assert {row.pk for row in WebhookEvent.objects.filter(state="due")} == {rows[4].pk, rows[3].pk}


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


class TestOldestUnprocessed:
    def test_is_nothing_when_nothing_waits(self) -> None:
        assert oldest_unprocessed(SOURCE, at=AT) == timedelta()

    def test_is_since_the_receipt_of_the_oldest(self) -> None:
        received(at=AT - HOUR)
        received(at=AT - timedelta(minutes=1))
        assert oldest_unprocessed(SOURCE, at=AT) == HOUR

    def test_counts_one_that_failed_and_waits_for_its_next_try(self, script: Script) -> None:
        """It may be the delivery that a timeout would overlook; that a newer one is due sooner changes nothing."""
        script.handle = raising(Conflict())
        row = received(at=AT - HOUR)
        for _ in range(6):
            process(fresh(row).due_at)
        assert fresh(row).due_at > AT
        received(at=AT)
        assert oldest_unprocessed(SOURCE, at=AT) == HOUR

    @pytest.mark.parametrize("state", ["processed", "ignored", "foreign", "dead", "parked"])
    def test_counts_nothing_that_a_worker_would_not_take(self, state: str) -> None:
        row = received(at=AT - HOUR)
        WebhookEvent.objects.filter(pk=row.pk).update(state=state, wake_key="x")
        assert oldest_unprocessed(SOURCE, at=AT) == timedelta()

    def test_of_another_source_is_no_concern(self) -> None:
        received(at=AT - HOUR)
        assert oldest_unprocessed("stripe", at=AT) == timedelta()

    def test_is_never_negative(self) -> None:
        received(at=AT + HOUR)
        assert oldest_unprocessed(SOURCE, at=AT) == timedelta()
