"""An event waits for its object and is woken by the commit that stores it, whoever commits first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from config.inbox import processor
from config.inbox.contract import Event, Handled, Park
from config.inbox.models import WebhookEvent
from config.inbox.processor import MOST_OBJECTS, unpark_due
from config.inbox.storing import wake
from config.inbox.tests.toy import AT, SOURCE, Script, effect, effects, received
from config.inbox.tests.turns import HOUR, fresh, process, raising
from config.kernel.errors import Conflict
from config.outbox.models import OutboxJob
from config.queue.models import Pause
from config.tests.together import begin, elsewhere, together, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)


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

    def test_without_taking_turns_it_would_be_stranded(self, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
        """The negative control: woken before it parked, and looked for before the commit. Only the ladder is left."""
        monkeypatch.setattr(processor, "wait_for_storers", lambda keys: None)
        script.handle = waits_for("pay_1")
        row = received()
        with transaction.atomic():
            assert store_object("pay_1") == 0
            assert elsewhere(process) == 1
        assert process() == 0
        assert fresh(row).state == "parked"
        unpark_due(at=AT + timedelta(seconds=1))
        assert process(AT + timedelta(seconds=1)) == 1
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

    def test_a_handler_that_always_waits_for_something_else_is_stopped(self, script: Script) -> None:
        def handle(event: Event, fetched: Mapping[Any, Any]) -> Handled:
            raise Park(f"obj_{len(script.handled)}")

        script.handle = handle
        row = received()
        process()
        assert len(script.handled) == MOST_OBJECTS + 1
        assert (fresh(row).state, fresh(row).lease_token) == ("parked", None)

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
