"""How the sandbox is served: one gunicorn worker with threads, for its locks and its courier live in one process."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

_PR_SET_PDEATHSIG = 1
SETTINGS = "payments.sandbox.settings"
# Set to a process id, it makes the server die with that process, its parent.
PARENT = "SANDBOX_DIE_WITH_PARENT"
PROJECT = Path(__file__).resolve().parents[2]


def gunicorn_command(*, bind: str, threads: int = 32) -> list[str]:
    """The command line of the server. `bind` is `host:port` or `fd://N`.

    A request that is delayed by a fault holds a thread, so there are many. Keep-alive outlasts the pauses of a client
    that keeps its connections.
    """
    return [
        sys.executable, "-m", "gunicorn", "payments.sandbox.wsgi:application",
        "--bind", bind, "--workers", "1", "--worker-class", "gthread", "--threads", str(threads),
        "--keep-alive", "75", "--timeout", "120", "--graceful-timeout", "5",
        "--config", "python:payments.sandbox.gunicorn_conf", "--log-level", "warning", "--no-control-socket",
    ]  # fmt: skip


def sandbox_environment(*, environ: Mapping[str, str]) -> dict[str, str]:
    """That of the caller, with the sandbox's own Django settings, and importable from any working directory."""
    path = os.pathsep.join(filter(None, [str(PROJECT), environ.get("PYTHONPATH", "")]))
    return {**environ, "DJANGO_SETTINGS_MODULE": SETTINGS, "PYTHONPATH": path}


def die_with_parent() -> None:
    """Asks Linux to kill this process when its parent dies, so that `kill -9` of the parent leaves nothing behind.

    Elsewhere the worker still notices within a second, because gunicorn compares its parent's id.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def serve(*, bind: str) -> None:
    """Becomes the server; does not return."""
    command = gunicorn_command(bind=bind)
    os.execve(command[0], command, sandbox_environment(environ=os.environ))  # noqa: S606  our own interpreter
