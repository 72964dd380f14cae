"""A worker process that a drill kills with -9, and what it held in its hands then."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from config.calls.models import GatewayCall
from config.celery import app
from config.inbox.models import WebhookEvent
from config.outbox.models import OutboxJob

ASK_S = 3.0
INBOX, OUTBOX = "process_inbox", "drain_outbox"


class NoWorker(Exception):
    """There is no worker here that could be killed; the message says why."""


class Workers(Protocol):
    """Who works the installation's queues."""

    def begin(self, work: str) -> None:
        """Sees to it that a worker is at `work` (a command's name)."""
        ...

    def kill(self) -> int:
        """Kills it with -9 and waits until it is gone; returns its process id. Raises NoWorker."""
        ...

    def is_back(self) -> bool:
        """Whether a worker works again."""
        ...

    def end(self) -> None:
        """Leaves nobody behind who was begun here."""
        ...


@dataclass(slots=True)
class OwnWorkers:
    """A process of our own for each victim; afterwards the drill itself goes on with the work."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    process: subprocess.Popen[bytes] | None = None

    def begin(self, work: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), work],
            cwd=settings.BASE_DIR,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> int:
        if self.process is None:
            raise NoWorker("none was begun")
        process, self.process = self.process, None
        process.kill()
        if process.wait() != -signal.SIGKILL:
            raise NoWorker(f"the worker had ended by itself with {process.returncode}")
        return process.pid

    def is_back(self) -> bool:
        return True

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@dataclass(slots=True)
class InstalledWorkers:
    """The installation's own Celery worker on this machine, which whoever supervises it must start again."""

    killed: set[int] = field(default_factory=set)

    def begin(self, work: str) -> None:
        del work

    def kill(self) -> int:
        parent, children = self._processes()
        for pid in (parent, *children):
            with contextlib.suppress(ProcessLookupError):
                try:
                    os.kill(pid, signal.SIGKILL)
                except PermissionError:
                    raise NoWorker("the worker belongs to another user of this machine") from None
        self.killed |= {parent, *children}
        return parent

    def is_back(self) -> bool:
        nodes = _ask("stats")
        return any(node["pid"] not in self.killed for node in nodes.values())

    def end(self) -> None:
        return

    def _processes(self) -> tuple[int, list[int]]:
        here = {name: node for name, node in _ask("stats").items() if name.endswith(f"@{socket.gethostname()}")}
        if len(here) != 1:
            raise NoWorker(f"{len(here)} workers run on this machine, and one is wanted")
        node = next(iter(here.values()))
        return int(node["pid"]), [int(pid) for pid in node.get("pool", {}).get("processes", [])]


def anybody_works() -> bool:
    """Whether any worker of the installation answers."""
    return bool(_ask("ping"))


def _ask(question: str) -> dict[str, Any]:
    try:
        inspect: Any = app.control.inspect(timeout=ASK_S)
        answers: Callable[[], dict[str, Any] | None] = getattr(inspect, question)
        return answers() or {}
    except (OSError, OperationalError):
        return {}


@dataclass(frozen=True, slots=True)
class Held:
    """What stood under a lease, by table and token."""

    leases: tuple[tuple[Any, Any], ...]

    def end(self) -> int:
        """Ends these leases as their own time would have. Returns how many still stood."""
        return sum(
            table._base_manager.filter(lease_token=token, lease_until__gt=Now()).update(lease_until=Now())
            for table, token in self.leases
        )


def held_now() -> Held:
    """Every lease that stands now: after the only worker was killed, the dead one's."""
    found = [
        (table, token)
        for table in (WebhookEvent, OutboxJob, GatewayCall)
        for token in table._base_manager.filter(lease_until__gt=Now()).values_list("lease_token", flat=True)
    ]
    return Held(tuple(found))


def make_due(*, subjects: list[str], at: datetime) -> int:
    """Has calls of these subjects asked about at once that were sent and whose sender is dead. Returns how many."""
    return GatewayCall.objects.filter(subject_id__in=subjects, status="sent", due_at__gt=at).update(due_at=at)
