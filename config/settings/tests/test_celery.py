"""Celery is the doorbell: what it is told may be lost at any moment, and nothing that matters waits in it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.conf import settings

from config.calls.services import CALLS
from config.celery import app
from config.inbox.processor import INBOX
from config.outbox.runner import LANES, OUTBOX
from config.queue.nudge import TASKS

ROOT = Path(__file__).resolve().parents[3]
APPS = ("config", "orders", "payments", "payouts", "crm", "engagement")


class TestTimes:
    def test_no_task_runs_as_long_as_redis_waits_before_it_delivers_again(self) -> None:
        """A task which is still running when the visibility timeout ends would be run a second time."""
        assert settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT
        assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] > settings.CELERY_TASK_TIME_LIMIT

    @pytest.mark.parametrize("queue", [INBOX, OUTBOX, CALLS], ids=lambda queue: queue.name)
    def test_every_lease_outlasts_the_hardest_limit(self, queue: object) -> None:
        """So that nobody takes a row from a worker that still works on it: there are no heartbeats."""
        assert queue.lease_s > settings.CELERY_TASK_TIME_LIMIT  # type: ignore[attr-defined]

    def test_the_app_runs_by_these_settings(self) -> None:
        assert app.conf.task_time_limit == settings.CELERY_TASK_TIME_LIMIT
        assert app.conf.broker_transport_options["visibility_timeout"] == 900
        assert app.conf.task_ignore_result is True
        assert app.conf.worker_prefetch_multiplier == 1


class TestQueues:
    def test_money_webhooks_mail_and_the_rest_never_wait_for_each_other(self) -> None:
        assert {queue.name for queue in settings.CELERY_TASK_QUEUES} == {"webhooks", "money", "outbox", "mail", "beat"}

    def test_the_worker_of_the_procfile_listens_to_all_of_them(self) -> None:
        worker = next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("worker:"))
        listened = worker.partition(" -Q ")[2].split()[0].split(",")
        assert set(listened) == {queue.name for queue in settings.CELERY_TASK_QUEUES}

    def test_every_lane_of_the_outbox_has_its_doorbell_and_every_listener_a_lane(self) -> None:
        assert set(TASKS) == {"webhooks", *LANES}
        assert set(settings.LISTENER_QUEUES.values()) <= set(LANES)

    def test_an_unknown_queue_is_an_error_and_not_a_new_queue_that_nobody_reads(self) -> None:
        assert settings.CELERY_TASK_CREATE_MISSING_QUEUES is False


class TestTasks:
    def test_stand_under_the_names_by_which_they_are_rung(self) -> None:
        app.loader.import_default_modules()
        assert {*TASKS.values(), "calls.ask"} <= set(app.tasks)

    def test_each_task_has_a_name_that_does_not_move_with_its_module(self) -> None:
        app.loader.import_default_modules()
        ours = [name for name, task in app.tasks.items() if task.__module__.split(".")[0] in APPS]
        assert ours
        assert [name for name in ours if name.count(".") != 1] == []


# What puts a task off until later, or tries it again: Redis delivers such a task twice after the visibility timeout.
PUT_OFF = {"countdown", "eta", "retry_backoff", "autoretry_for"}


def put_off(source: str) -> list[str]:
    """Keywords and calls of the code that would leave something that matters to the broker."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg in PUT_OFF:
            found.append(node.arg)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("apply_async", "delay", "s", "si"):
            found.append(ast.unparse(node.func))
    return found


class TestNoEta:
    def test_nothing_is_put_off_in_the_broker(self) -> None:
        modules = [
            path for app in APPS for path in (ROOT / app).rglob("*.py") if {"tests", "sandbox"}.isdisjoint(path.parts)
        ]
        assert len(modules) > 100
        assert {str(path): found for path in modules if (found := put_off(path.read_text()))} == {}

    @pytest.mark.parametrize("code", ["t.apply_async(eta=x)", "app.send_task('n', countdown=5)", "t.delay()", "t.s(1)"])
    def test_would_notice(self, code: str) -> None:
        assert put_off(code)
