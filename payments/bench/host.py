"""The bench's own world: private services, an environment made up for it, and processes that end with it."""

from __future__ import annotations

import base64
import json
import secrets
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg

from config.local.children import Child, spawn
from config.local.postgres import OWNER
from config.local.probe import answer_of
from config.local.problem import Problem
from config.local.services import Services, temporary_services

CHECKOUT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
START_S, STOP_S = 30.0, 12.0
# All that is taken over from the caller: nobody else's database, broker or secrets are touched.
_KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "PG_BIN", "LANG")


class StepFailed(Problem):
    """A process of the bench failed; the message holds the end of its log."""


class NoServices(Problem):
    """PostgreSQL was not started, though no other one was named."""


class Host:
    """Private PostgreSQL (fsync on) and Valkey, and whatever runs on them until `stop`."""

    def __init__(self, *, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        kept = {name: environ[name] for name in _KEPT if name in environ}
        self.services: Services = temporary_services(durable=True, environ=kept)
        self.environ = {**kept, **self.services.environ(), **_made_up(folder)}
        if self.services.postgres is None:
            raise NoServices("the bench measures only what it has started itself")
        self._postgres = self.services.postgres
        self.secret = self.environ["STRIPE_WEBHOOK_SECRET"]
        self._children: list[Child] = []
        self._steps = 0

    def owner(self) -> psycopg.Connection[Any]:
        """A connection as the tables' owner, committing each statement."""
        return psycopg.connect(self.url(role=OWNER), autocommit=True)

    def superuser(self) -> psycopg.Connection[Any]:
        """A connection that may write a checkpoint."""
        return psycopg.connect(self.url(role="postgres"), autocommit=True)

    def url(self, *, role: str) -> str:
        return self._postgres.url(role=role)

    @property
    def postgres_pid(self) -> int:
        """The process that all of PostgreSQL's others descend from."""
        return self._postgres.child.pid if self._postgres.child else 0

    @property
    def data(self) -> Path:
        """PostgreSQL's folder: what is written there is on the disk that commits wait for."""
        return self._postgres.home

    def manage(self, *arguments: str) -> None:
        """Runs a command of manage.py to its end. Raises StepFailed."""
        self._finish(self._spawn(arguments[0], [sys.executable, "manage.py", *arguments], {}), patience_s=600)

    def step(self, name: str, *, patience_s: float = 600, **arguments: Any) -> Any:
        """Runs a function of `steps` in a process of its own that has Django, and returns what it answers."""
        self._steps += 1
        answer = self.folder / f"step-{self._steps}.json"
        command = [sys.executable, "-m", "payments.bench.inside", name, str(answer), json.dumps(arguments)]
        self._finish(self._spawn(name, command, {}), patience_s=patience_s)
        return json.loads(answer.read_text(encoding="utf-8"))

    def run(self, name: str, command: Sequence[str], *, patience_s: float) -> None:
        """Runs a program to its end. Raises StepFailed."""
        self._finish(self._spawn(name, command, {}), patience_s=patience_s)

    def serve(self, name: str, *, module: str = "config.wsgi", probe: str, **environ: str) -> tuple[Child, int]:
        """Starts gunicorn as production does and returns it with its port, once `probe` (a path) is answered."""
        port = free_port()
        # Recycling of workers is put off: a fork in the middle of a run would be measured too.
        command = [sys.executable, "-m", "gunicorn", "--max-requests", "0", module]
        child = self.start(name, command, BIND_HOST=HOST, PORT=str(port), **environ)
        deadline = time.monotonic() + START_S
        while answer_of(url=f"http://{HOST}:{port}{probe}") != "200":
            if time.monotonic() > deadline or child.ended() is not None:
                raise StepFailed(f"{name} does not answer:\n{self._end_of(name)}")
            time.sleep(0.1)
        return child, port

    def start(self, name: str, command: Sequence[str], **environ: str) -> Child:
        """Starts a process that runs until it or the host is stopped."""
        child = self._spawn(name, command, environ)
        self._children.append(child)
        return child

    def stop_child(self, child: Child) -> None:
        child.stop(patience_s=STOP_S)
        self._children.remove(child)

    def stop(self) -> None:
        """Ends everything and removes the services' data."""
        for child in reversed(self._children):
            child.stop(patience_s=STOP_S)
        self._children.clear()
        self.services.stop()

    def _spawn(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> Child:
        with self._log(name).open("ab") as log:
            return spawn(name=name, command=command, environ={**self.environ, **environ}, cwd=CHECKOUT, output=log)

    def _finish(self, child: Child, *, patience_s: float) -> None:
        code = child.wait(timeout_s=patience_s)
        if code is None:
            child.stop(patience_s=1.0)
        if code != 0:
            raise StepFailed(f"{child.name} ended with {code}:\n{self._end_of(child.name)}")

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _end_of(self, name: str) -> str:
        return self._log(name).read_text(encoding="utf-8", errors="replace")[-3000:]


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _made_up(folder: Path) -> dict[str, str]:
    """Production's settings: DEBUG off, logs in JSON at INFO, counters shared by the processes of the machine."""
    return {
        "DJANGO_SETTINGS_MODULE": "payments.bench.settings",
        "PYTHONPATH": str(CHECKOUT),
        "PYTHONUNBUFFERED": "1",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "JWT_SIGNING_KEY": secrets.token_urlsafe(48),
        "CRON_SECRET": secrets.token_urlsafe(32),
        "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(20)}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(16)}",
        "PUBLIC_URL": "https://bench.example.test",
        "ALLOWED_HOSTS": HOST,
        "SECURE_SSL_REDIRECT": "0",
        "TRUSTED_PROXIES": "1",
        "EMAIL_URL": "memorymail://",
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
        "THROTTLE_CHECKOUT_PER_MINUTE": "1000000",
    }
