"""Runs the real web server over the test database, on a port of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from config.tests.ports import HOST, free_port
from config.tests.together import wait_for

ROOT = Path(__file__).resolve().parents[2]


def over_the_test_database() -> dict[str, str]:
    """Our own environment, in which the database is the one of the tests."""
    name = settings.DATABASES["default"]["NAME"]
    found = {key: value for key, value in os.environ.items() if key != "PROMETHEUS_MULTIPROC_DIR"}
    for variable in ("DATABASE_URL", "MIGRATION_DATABASE_URL"):
        if variable in found:
            found[variable] = urlsplit(found[variable])._replace(path=f"/{name}").geturl()
    return found


@contextmanager
def served(**environ: str) -> Iterator[int]:
    """gunicorn with one process, configured as in production; the port is the answer."""
    port = free_port()
    given = {"PORT": str(port), "BIND_HOST": HOST, "WEB_CONCURRENCY": "1"}
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "config.wsgi"],
        cwd=ROOT,
        env={**over_the_test_database(), **given, **environ},
    )
    try:
        wait_for(lambda: server.poll() is not None or _answers(port), "the server answers")
        assert server.poll() is None, "the server did not start"
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)


def _answers(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
