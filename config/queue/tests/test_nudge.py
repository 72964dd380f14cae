"""The doorbell rings soon, seldom, and never in the way of whoever rings it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.conf import settings
from django.db import transaction
from kombu.transport.redis import Channel
from redis import Redis

from config.celery import app as celery_app
from config.ops.metrics import NUDGE_FAILURES
from config.ops.tests.dead import closed_port, silent_port
from config.queue import nudge as nudging
from config.queue.nudge import INTERVAL_S, TASKS, Doorbell, nudge_on_commit, publish
from config.tests.together import TIMEOUT_S, together, wait_for

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def broker() -> Iterator[Redis]:
    """Redis, with the doorbell's queues empty before and after."""
    client = Redis.from_url(settings.CELERY_BROKER_URL)
    client.delete(*TASKS)
    yield client
    client.delete(*TASKS)
    client.close()


def messages(broker: Redis, queue: str) -> list[dict[str, Any]]:
    return [json.loads(raw) for raw in broker.lrange(queue, 0, -1)]


def failures() -> float:
    return float(NUDGE_FAILURES._value.get())


def app_at(port: int, *, socket_timeout: float = 0.2) -> Celery:
    """Our Celery with another broker."""
    app = Celery("elsewhere", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.broker_url = f"redis://127.0.0.1:{port}/0"
    app.conf.broker_transport_options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "socket_timeout": socket_timeout}
    return app


@pytest.fixture
def lost(broker: Redis) -> Iterator[Any]:
    """A worker's connection that was lost while a nudge was taken and not begun."""
    connection = celery_app.connection_for_read()
    publish("webhooks")
    assert connection.default_channel.basic_get("webhooks") is not None
    connection.transport.client = None  # as the worker's own clean-up leaves it
    yield connection
    broker.delete("unacked", "unacked_index")


class TestALostConnection:
    def test_is_closed_without_a_word_so_that_the_worker_goes_on(self, lost: Any) -> None:
        lost.close()

    def test_negative_control_with_an_attempt_to_put_the_nudge_back_it_is_not(
        self, lost: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Channel, "do_restore", True)
        with pytest.raises(AttributeError):
            lost.close()


class TestPublish:
    @pytest.mark.parametrize("queue", sorted(TASKS))
    def test_names_the_task_and_its_lane(self, queue: str, broker: Redis) -> None:
        publish(queue)
        (message,) = messages(broker, queue)
        assert message["headers"]["task"] == TASKS[queue]
        arguments, keywords, _ = json.loads(base64.b64decode(message["body"]))
        assert (arguments, keywords) == ([] if queue == "webhooks" else [queue], {})

    def test_a_nudge_that_nobody_heard_for_a_minute_is_worth_nothing(self, broker: Redis) -> None:
        publish("webhooks")
        (message,) = messages(broker, "webhooks")
        assert message["headers"]["expires"] is not None
        assert message["headers"]["eta"] is None

    def test_a_dead_broker_is_counted_and_raises_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = failures()
        with closed_port() as port:
            monkeypatch.setattr(nudging, "app", app_at(port))
            publish("webhooks")
        assert failures() == before + 1

    def test_a_broker_that_never_says_a_word_is_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = failures()
        with silent_port() as port:
            monkeypatch.setattr(nudging, "app", app_at(port))
            publish("webhooks")
        assert failures() == before + 1


class TestDoorbell:
    def test_rings_once_for_many_nudges(self, broker: Redis) -> None:
        """At most one per queue and interval, however many there were."""
        bell, started, nudged = Doorbell(), time.monotonic(), 0
        while time.monotonic() - started < 5 * INTERVAL_S or nudged < 100:
            bell.nudge("webhooks")
            nudged += 1
        wait_for(lambda: broker.llen("webhooks"), "a nudge arrives")
        rung = len(messages(broker, "webhooks"))
        assert 1 <= rung <= (time.monotonic() - started) / INTERVAL_S + 1

    def test_rings_for_the_last_nudge_too(self, broker: Redis) -> None:
        """One that comes while the bell rings for another is not forgotten."""
        bell = Doorbell()
        for number in range(1, 4):
            bell.nudge("webhooks")
            wait_for(lambda number=number: broker.llen("webhooks") >= number, "it rings again")

    def test_rings_each_queue_by_itself(self, broker: Redis) -> None:
        bell = Doorbell()
        for queue in TASKS:
            bell.nudge(queue)
        for queue in TASKS:
            wait_for(lambda queue=queue: broker.llen(queue) == 1, f"{queue} is rung")

    def test_returns_at_once_while_the_broker_is_dead(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A request must not wait for a broker, and what is lost is counted."""
        bell, before = Doorbell(), failures()
        with silent_port() as port:
            monkeypatch.setattr(nudging, "app", app_at(port, socket_timeout=TIMEOUT_S))
            for _ in range(1_000):
                bell.nudge("webhooks")
            assert failures() == before, "a thousand of them have not waited for what becomes of the first"
        wait_for(lambda: failures() > before, "the lost nudge is counted")

    def test_rings_again_when_the_broker_is_back(self, broker: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
        bell, before = Doorbell(), failures()
        with closed_port() as port, monkeypatch.context() as dead:
            dead.setattr(nudging, "app", app_at(port))
            bell.nudge("webhooks")
            wait_for(lambda: failures() > before, "the lost nudge is counted")
        bell.nudge("webhooks")
        wait_for(lambda: broker.llen("webhooks"), "it rings again")

    def test_a_crowd_does_not_silence_it(self, broker: Redis) -> None:
        """Many threads, all queues, while it rings: its thread must outlive them all."""
        bell = Doorbell()
        program = [queue for _ in range(500) for queue in TASKS]

        def ring_them_all() -> None:
            for queue in program:
                bell.nudge(queue)

        together([ring_them_all] * 8)
        broker.delete(*TASKS)
        time.sleep(2 * INTERVAL_S)
        bell.nudge("mail")
        wait_for(lambda: broker.llen("mail"), "it still rings")

    def test_rings_in_a_child_though_the_parent_forked_with_its_lock_held(self) -> None:
        """A fork copies locks as they stand, and no thread that would let them go."""
        done = subprocess.run(
            [sys.executable, "-c", FORK], cwd=ROOT, capture_output=True, text=True, timeout=150, check=False
        )
        assert done.stdout.split() == ["parent", "child", "0"], done.stderr


FORK = """
import os, threading
import django
django.setup()
from config.queue import nudge
rung = threading.Event()
nudge.publish = lambda queue: rung.set()
nudge.nudge("webhooks")
assert rung.wait(60)
print("parent", flush=True)
with nudge.doorbell._ring:
    pid = os.fork()
    if pid == 0:
        rung = threading.Event()
        nudge.nudge("webhooks")
        print("child" if rung.wait(60) else "silent", flush=True)
        os._exit(0)
_, status = os.waitpid(pid, 0)
print(status)
"""


@pytest.mark.django_db(transaction=True)
class TestNudgeOnCommit:
    def test_rings_once_the_rows_can_be_seen(self, broker: Redis) -> None:
        with transaction.atomic():
            nudge_on_commit("webhooks")
            time.sleep(3 * INTERVAL_S)
            assert broker.llen("webhooks") == 0
        wait_for(lambda: broker.llen("webhooks") == 1, "it rings")

    def test_stays_silent_when_the_rows_never_were(self, broker: Redis) -> None:
        with transaction.atomic():
            nudge_on_commit("webhooks")
            transaction.set_rollback(True)
        time.sleep(3 * INTERVAL_S)
        assert broker.llen("webhooks") == 0
