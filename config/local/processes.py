"""Keeps the processes of a Procfile running, within bounds."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.local.children import Child, spawn
from config.local.console import Console
from config.local.problem import Problem
from config.local.restarts import Restarts

LEAST_PATIENCE_S = 0.5


class ProcessGaveUp(Problem):
    """A process ended and must not be started again."""

    def __init__(self, *, name: str, code: int) -> None:
        super().__init__(f"{name} {how_it_ended(code)}")


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


@dataclass(kw_only=True)
class _Entry:
    command: str
    child: Child | None
    start_at_s: float = 0.0
    restarts: Restarts = field(default_factory=Restarts)


class Processes:
    """The processes, in the order in which they start."""

    def __init__(
        self, *, folder: Path, environ: Mapping[str, str], console: Console, keep_open: tuple[int, ...] = ()
    ) -> None:
        self._folder = folder
        # `python`, `gunicorn` and `celery` of a Procfile are those of our own environment.
        path = f"{Path(sys.executable).parent}{os.pathsep}{environ.get('PATH', os.defpath)}"
        self._environ = {**environ, "PATH": path, "PYTHONUNBUFFERED": "1"}
        self._console = console
        self._keep_open = keep_open
        self._entries: dict[str, _Entry] = {}

    def run(self, *, name: str, command: str) -> None:
        """Run a command to its end. Raises ProcessGaveUp unless it succeeds."""
        child = self._spawn(name, command)
        while (code := child.ended()) is None:
            self._console.pump(timeout_s=0.05)
        self._console.drain()
        if code != 0:
            raise ProcessGaveUp(name=name, code=code)

    def start(self, *, commands: Mapping[str, str]) -> None:
        """Start them all."""
        for name, command in commands.items():
            self._entries[name] = _Entry(command=command, child=self._spawn(name, command))

    def check(self, *, now_s: float, forgiving: bool) -> None:
        """Start again, after a growing pause, what has ended by `now_s` (monotonic clock).

        Raises ProcessGaveUp when one ended too often, or, unless `forgiving`, at all.
        """
        for name, entry in self._entries.items():
            if entry.child is None:
                if now_s >= entry.start_at_s:
                    entry.child = self._spawn(name, entry.command)
            elif (code := entry.child.ended()) is not None:
                self._console.drain()
                entry.child = None
                pause_s = entry.restarts.pause_after(now_s=now_s) if forgiving else None
                if pause_s is None:
                    raise ProcessGaveUp(name=name, code=code)
                entry.start_at_s = now_s + pause_s
                self._console.say(f"{name} {how_it_ended(code)}; it starts again in {pause_s:g} s")

    def stop(self, *, patience_s: float) -> None:
        """Stop them in the reverse order of their start; kill what is not gone after `patience_s` seconds in all."""
        deadline = time.monotonic() + patience_s
        for entry in reversed(self._entries.values()):
            if entry.child is not None and entry.child.ended() is None:
                entry.child.process.send_signal(signal.SIGTERM)
                until = max(deadline, time.monotonic() + LEAST_PATIENCE_S)
                while entry.child.ended() is None and time.monotonic() < until:
                    self._console.pump(timeout_s=0.05)  # a process that cannot write cannot end
                entry.child.stop(signals=(), patience_s=0.0)
                self._console.drain()
        self._entries.clear()

    def _spawn(self, name: str, command: str) -> Child:
        child = spawn(
            name=name,
            command=["/bin/sh", "-c", f"exec {command}"],
            environ=self._environ,
            cwd=self._folder,
            output=subprocess.PIPE,
            # When we die nobody is left to insist, and Celery's beat was seen to hang for ever in its SIGTERM handler.
            death_signal=signal.SIGKILL,
            keep_open=self._keep_open,
        )
        assert child.output is not None  # asked for with PIPE
        self._console.follow(name=name, output=child.output)
        return child
