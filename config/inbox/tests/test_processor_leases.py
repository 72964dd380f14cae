"""A lease that was lost rolls everything back, whatever the late one had to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from config.inbox.contract import Event, Handled, Hopeless, Park
from config.inbox.models import WebhookEvent
from config.inbox.tests.toy import AT, Script, effect, effects, received
from config.inbox.tests.turns import HOUR, fresh, lose_the_lease, process, raising
from config.kernel.errors import Conflict
from config.queue.tests.rows import end_leases
from config.tests.together import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


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
