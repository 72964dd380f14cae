"""A checkout that is tiny and has everything that the supervisor looks for."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.local.probe import answer_of
from config.local.tests.conftest import PATIENCE_S, living_below, plain_environ, wait_until
from config.tests.ports import free_port

MANAGE = """
import http.server, os, signal, subprocess, sys, threading, time
import psycopg

class Door(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if not os.path.exists("not-ready") else 503)
        self.end_headers()

    def log_message(self, *_):
        pass

def migrate():
    with psycopg.connect(os.environ["MIGRATION_DATABASE_URL"]) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS starts (at timestamptz DEFAULT now())")
        owner.execute("GRANT SELECT, INSERT ON starts TO holdfast_app")

def seed_demo():
    if "--orders" in sys.argv:
        sys.exit("demo orders are placed through the sandbox only" if "OWN_GATEWAY" in os.environ else 0)
    with psycopg.connect(os.environ["DATABASE_URL"]) as application:
        application.execute("INSERT INTO starts DEFAULT VALUES")
        print("starts:", *application.execute("SELECT count(*) FROM starts").fetchone(), os.environ["SECRET_KEY"])

def web():
    http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Door).serve_forever()

def family():
    # Like gunicorn and Celery: workers of its own, and the worst of them, deaf and in a session of its own.
    subprocess.Popen(["/bin/sleep", "600"])
    subprocess.Popen(["/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"], start_new_session=True)
    web()

def worker():
    while not os.path.exists("crash"):
        time.sleep(0.02)
    if not os.path.exists("crash-always"):
        os.unlink("crash")
    sys.exit(7)

def broken():
    sys.exit("cannot migrate")

globals()[sys.argv[1]]()
"""
PROCFILE = """
release: python manage.py migrate
worker: python manage.py worker
web: python manage.py web
"""


@dataclass(frozen=True, kw_only=True)
class Demo:
    """A supervisor at work."""

    checkout: Path
    port: int
    watcher: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """What says whether it is ready."""
        return f"http://127.0.0.1:{self.port}/readyz"

    def said(self) -> str:
        """Everything that it printed."""
        return (self.checkout / "said").read_text()


def make_checkout(place: Path, *, procfile: str = PROCFILE, name: str = "shop") -> Path:
    """In a folder of that name."""
    checkout = place / name
    checkout.mkdir()
    checkout.chmod(0o711)
    (checkout / "manage.py").write_text(MANAGE)
    (checkout / "Procfile").write_text(procfile)
    return checkout


@contextmanager
def supervised(checkout: Path, **environ: str) -> Iterator[Demo]:
    """A supervisor that was just started; at the end it is gone, killed if need be."""
    port = int(environ.setdefault("PORT", str(free_port())))
    environ.setdefault("SANDBOX_PORT", str(free_port()))
    with (checkout / "said").open("w") as said:
        watcher = subprocess.Popen(
            [sys.executable, "-m", "config.local.supervisor", "--checkout", str(checkout)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
            env=plain_environ(**environ),
        )
    try:
        yield Demo(checkout=checkout, port=port, watcher=watcher)
    finally:
        watcher.terminate()
        try:
            watcher.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            watcher.kill()
            raise


def wait_until_ready(demo: Demo) -> None:
    """The site answers, and all processes of the toy run."""
    wait_until(lambda: answer_of(url=demo.url) == "200", f"200 from {demo.url}: {demo.said()}")
    wait_until(lambda: count_of(demo, "manage.py worker"), "the worker")


def count_of(demo: Demo, words: str) -> int:
    """How many processes of the checkout have these words in their command line."""
    return sum(words in command for command in living_below(demo.checkout).values())
