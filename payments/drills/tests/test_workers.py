"""Workers are really killed, what they held is found, and nobody stays behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from config.calls.models import GatewayCall
from config.calls.services import open_call
from config.celery import app
from config.kernel import clock
from config.outbox.models import OutboxJob
from config.outbox.runner import OUTBOX
from config.queue.engine import claim
from payments.drills.workers import OUTBOX as DRAIN
from payments.drills.workers import InstalledWorkers, NoWorker, OwnWorkers, anybody_works, held_now, make_due
from payments.tests.process import environment
from payments.tests.walking import a_payment


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def sleepers() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two processes, as a worker and its child."""
    found = [subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) for _ in range(2)]
    yield found
    for each in found:
        each.kill()
        each.wait()


class Answers:
    """What Celery's workers say."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def __call__(self, **_: Any) -> Answers:
        return self

    def stats(self) -> Any:
        return self._answers.get("stats")

    def ping(self) -> Any:
        return self._answers.get("ping")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(socket, "gethostname", lambda: "here")
    return "here"


def node(pid: int, *children: int) -> dict[str, Any]:
    return {"pid": pid, "pool": {"processes": list(children)}}


@pytest.mark.django_db(transaction=True)
class TestOwnWorkers:
    def test_are_killed_in_the_middle(self) -> None:
        own = OwnWorkers(environment())
        own.begin(DRAIN)
        pid = own.kill()
        assert not is_alive(pid)
        with pytest.raises(NoWorker, match="none was begun"):
            own.kill()

    def test_say_that_there_was_nobody_left_to_kill(self) -> None:
        own = OwnWorkers(environment())
        own.begin(DRAIN)
        assert own.process is not None
        own.process.wait(timeout=60)
        with pytest.raises(NoWorker, match="had ended by itself with 0"):
            own.kill()

    def test_leave_nobody_behind(self) -> None:
        own = OwnWorkers(environment())
        own.begin(DRAIN)
        assert own.process is not None
        pid = own.process.pid
        own.end()
        own.end()
        assert not is_alive(pid)


@pytest.mark.usefixtures("here")
class TestInstalledWorkers:
    def test_are_killed_with_their_children_and_missed_until_others_come(
        self, monkeypatch: pytest.MonkeyPatch, sleepers: list[subprocess.Popen[bytes]]
    ) -> None:
        parent, child = (each.pid for each in sleepers)
        monkeypatch.setattr(app.control, "inspect", Answers(stats={"celery@here": node(parent, child)}))
        installed = InstalledWorkers()
        installed.begin(DRAIN)
        assert installed.kill() == parent
        assert [each.wait() for each in sleepers] == [-signal.SIGKILL] * 2
        assert not installed.is_back()
        monkeypatch.setattr(app.control, "inspect", Answers(stats={"celery@here": node(os.getpid())}))
        assert installed.is_back()
        installed.end()

    @pytest.mark.parametrize(
        "found", [None, {}, {"celery@there": node(1)}, {"a@here": node(1), "b@here": node(2)}], ids=str
    )
    def test_are_not_guessed(self, monkeypatch: pytest.MonkeyPatch, found: Any) -> None:
        monkeypatch.setattr(app.control, "inspect", Answers(stats=found))
        with pytest.raises(NoWorker, match="workers run on this machine"):
            InstalledWorkers().kill()

    def test_of_somebody_else_are_not_killed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(pid: int, number: int) -> None:
            raise PermissionError

        monkeypatch.setattr(os, "kill", refuse)
        monkeypatch.setattr(app.control, "inspect", Answers(stats={"celery@here": node(1)}))
        with pytest.raises(NoWorker, match="another user"):
            InstalledWorkers().kill()


class TestAnybodyWorks:
    def test_is_what_they_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(app.control, "inspect", Answers(ping={"celery@here": {"ok": "pong"}}))
        assert anybody_works()
        monkeypatch.setattr(app.control, "inspect", Answers())
        assert not anybody_works()

    def test_is_no_where_the_broker_does_not_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Broken(Answers):
            def ping(self) -> Any:
                raise ConnectionRefusedError

        monkeypatch.setattr(app.control, "inspect", Broken())
        assert not anybody_works()


@pytest.mark.django_db
class TestHeld:
    def test_ends_what_stood_under_a_lease_then_and_nothing_else(self) -> None:
        for number in range(2):
            OutboxJob.objects.create(topic="t", listener=f"l{number}", fact_key="f", payload={})
        (dead,) = claim(OUTBOX, at=clock.now(), limit=1, lane="outbox")
        held = held_now()
        (alive,) = claim(OUTBOX, at=clock.now(), limit=1, lane="outbox")
        assert held.end() == 1
        assert OutboxJob.objects.filter(lease_until__gt=Now()).get().pk == alive.id
        assert OutboxJob.objects.get(pk=dead.id).lease_token == dead.token
        assert held.end() == 0


@pytest.mark.django_db
class TestMakeDue:
    def test_is_of_the_named_subjects_and_of_calls_that_were_sent(self) -> None:
        at = clock.now()
        payment, other = a_payment(), a_payment()
        for each in (payment, other):
            open_call(subject=each, operation="payment.capture", service="stripe", account="stripe", actor="test",
                      facts={"payment": each.public_id}, at=at)  # fmt: skip
        assert make_due(subjects=[payment.public_id], at=at) == 1
        due = dict(GatewayCall.objects.values_list("subject_id", "due_at"))
        assert due[payment.public_id] == at
        assert due[other.public_id] > at + timedelta(minutes=4)
        assert make_due(subjects=[payment.public_id], at=at) == 0
