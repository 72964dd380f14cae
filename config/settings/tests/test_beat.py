"""Beat sweeps: whatever a lost nudge would have started is started within seconds all the same."""

from __future__ import annotations

import pytest
from django.conf import settings
from django_celery_beat.schedulers import DatabaseScheduler

from config.celery import app

SCHEDULE = settings.BEAT_SCHEDULE


@pytest.mark.django_db(transaction=True)  # the scheduler commits, and lets go of its connection
class TestScheduler:
    def test_sends_each_sweep_as_it_stands_here(self) -> None:
        """Asked of the scheduler itself: it drops what it does not know without a word."""
        scheduler = DatabaseScheduler(app=app)
        sent = {name: entry for name, entry in scheduler.schedule.items() if name in SCHEDULE}
        assert set(sent) == set(SCHEDULE)
        for name, entry in sent.items():
            assert entry.schedule.run_every.total_seconds() == SCHEDULE[name]["schedule"]
            assert entry.options["expires"] == SCHEDULE[name]["options"]["expire_seconds"]
            assert entry.options["queue"] == SCHEDULE[name]["options"]["queue"]
            assert dict(entry.kwargs) == SCHEDULE[name].get("kwargs", {})


class TestSchedule:
    @pytest.mark.parametrize("name", sorted(SCHEDULE))
    def test_every_sweep_is_a_task_on_a_queue_that_is_read(self, name: str) -> None:
        app.loader.import_default_modules()
        entry = SCHEDULE[name]
        assert entry["task"] in app.tasks
        assert entry["options"]["queue"] in {queue.name for queue in settings.CELERY_TASK_QUEUES}

    @pytest.mark.parametrize("name", sorted(SCHEDULE))
    def test_a_sweep_that_waited_too_long_is_dropped_for_the_next_one(self, name: str) -> None:
        """Otherwise a broker that was away comes back with a day of them."""
        entry = SCHEDULE[name]
        assert 0 < entry["schedule"] <= entry["options"]["expire_seconds"] <= max(entry["schedule"], 10)

    @pytest.mark.parametrize(
        ("task", "seconds"),
        [("inbox.process", 5), ("outbox.run", 5), ("calls.ask", 10), ("charges.expire_reservations", 15)],
    )
    def test_a_lost_nudge_costs_seconds(self, task: str, seconds: int) -> None:
        assert min(entry["schedule"] for entry in SCHEDULE.values() if entry["task"] == task) <= seconds

    def test_the_sweep_of_the_outbox_visits_all_lanes(self) -> None:
        assert [entry for entry in SCHEDULE.values() if entry["task"] == "outbox.run" and entry.get("args")] == []
