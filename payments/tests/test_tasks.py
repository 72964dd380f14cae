"""Each sweep is a task by its name, which beat or a cron door runs, and is quiet where there is nothing to do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from celery import current_app
from django.conf import settings

from payments import tasks

OURS = sorted(name for name, task in current_app.tasks.items() if task.__module__ == tasks.__name__)


class TestTasks:
    def test_each_is_on_the_schedule(self) -> None:
        scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
        assert set(OURS) - scheduled == set()

    def test_their_names_say_whose_sweep_it_is(self) -> None:
        assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", name) for name in OURS)
        assert len(OURS) >= 10

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.usefixtures("sandbox")
    @pytest.mark.parametrize("name", OURS)
    def test_runs_without_anything_to_do_and_again(self, name: str) -> None:
        task: Any = current_app.tasks[name]
        assert task() == task()
