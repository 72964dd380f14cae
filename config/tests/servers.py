"""PostgreSQL, Valkey and the processes that work on them, all private, so that a test may kill any of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any

import psycopg
from redis import Redis

from config.local.children import Child, spawn
from config.local.pytest_plugin import TEST_ENVIRONMENT
from config.local.services import Services, temporary_services
from config.tests.ports import HOST, free_port
from config.tests.serving import ROOT
from config.tests.together import wait_for

QUEUES = "webhooks,money,outbox,mail,beat"
WORKER = (
    "celery", "-q", "-A", "config", "worker", "--concurrency", "2", "-Q", QUEUES, "--without-gossip",
    "--without-mingle", "--loglevel", "CRITICAL",
)  # fmt: skip
BEAT = ("celery", "-q", "-A", "config", "beat", "--loglevel", "CRITICAL", "--pidfile=", "--max-interval", "1")
_ENDED = """
    UPDATE {} SET lease_until = now() - interval '1 second' WHERE lease_until > now() AND state = 'due'
"""


@dataclass
class Private:
    """Servers that belong to this test run alone, migrated, and what runs on them."""

    services: Services
    children: list[Child] = field(default_factory=list)
    port: int = 0

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a process that works on them and knows how to count."""
        found = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        counting = {"DJANGO_SETTINGS_MODULE": "config.tests.counted_settings", "PYTHONPATH": str(ROOT)}
        return {**found, **TEST_ENVIRONMENT, **self.services.environ(), **counting}

    def url(self, *, owner: bool = False) -> str:
        return self.services.environ()["MIGRATION_DATABASE_URL" if owner else "DATABASE_URL"]

    def ask(self, statement: str, *parameters: Any, owner: bool = False) -> list[tuple[Any, ...]]:
        """Rows of one statement, on a connection of its own."""
        with psycopg.connect(self.url(owner=owner), autocommit=True) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def broker(self) -> Redis:
        return Redis.from_url(self.services.environ()["REDIS_URL"])

    def start(self, name: str, command: Sequence[str], **environ: str) -> Child:
        """One process of ours, which ends with the test at the latest."""
        child = spawn(
            name=name,
            command=[sys.executable, "-m", *command],
            environ={**self.environ, **environ},
            cwd=ROOT,
            output=subprocess.DEVNULL,
        )
        self.children.append(child)
        return child

    def manage(self, *arguments: str, **environ: str) -> tuple[int, str]:
        """A command of manage.py: its exit code and what it said."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], env={**self.environ, **environ}, cwd=ROOT, capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def serve(self) -> None:
        """The web server on a port of its own."""
        self.port = free_port()
        self.start("web", ["gunicorn", "config.wsgi"], PORT=str(self.port), BIND_HOST=HOST, WEB_CONCURRENCY="1")
        wait_for(lambda: self.get("/healthz") == 200, "the web server answers")

    def get(self, path: str) -> int:
        return self._request("GET", path, b"")

    def deliver(self, event_id: str) -> int:
        """One event through the door."""
        return self._request("POST", "/webhooks/counted/", json.dumps({"id": event_id}).encode())

    def _request(self, method: str, path: str, body: bytes) -> int:
        connection = HTTPConnection(HOST, self.port, timeout=30)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def count(self, what: str) -> int:
        """How many rows of the outbox were left under this topic."""
        return int(self.ask("SELECT count(*) FROM config_outboxjob WHERE topic = %s", what)[0][0])

    def twice(self) -> list[str]:
        """Events whose effects were carried out more than once."""
        rows = self.ask(
            "SELECT fact_key FROM config_outboxjob WHERE topic = 'handled' GROUP BY fact_key HAVING count(*) > 1"
        )
        return [key for (key,) in rows]

    def unfinished(self) -> int:
        """Events and jobs that are not worked off."""
        events = self.ask("SELECT count(*) FROM config_webhookevent WHERE state <> 'processed'")
        jobs = self.ask("SELECT count(*) FROM config_outboxjob WHERE state <> 'done'")
        return int(events[0][0]) + int(jobs[0][0])

    def end_leases(self) -> None:
        """What ten minutes would do to the leases of whoever died."""
        for table in ("config_webhookevent", "config_outboxjob"):
            self.ask(_ENDED.format(table))

    def end(self) -> None:
        """Ends every process, all at once because each takes its time, and forgets every row and message."""
        children, self.children = self.children, []
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda child: child.stop(patience_s=10.0), children))
        for service in (self.services.postgres, self.services.valkey):
            if service is not None and not service.running():
                service.start()
        self.ask("TRUNCATE config_webhookevent, config_outboxjob", owner=True)
        with self.broker() as client:
            client.flushall()


@contextmanager
def private_servers() -> Iterator[Private]:
    """Started, migrated as the owner, stopped. Durable, so that a server that is killed remembers its commits."""
    path = {"PATH": os.environ["PATH"]}
    private = Private(temporary_services(durable=True, environ=path))
    try:
        code, said = private.manage("migrate", "--verbosity", "0")
        assert code == 0, said
        yield private
    finally:
        for child in private.children:
            child.stop(patience_s=2.0)
        private.services.stop()
