"""Starts child processes that die with their parent, and ends them."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.local.unprivileged import Account

LAUNCHER = Path(__file__).with_name("launch.py")
POLL_S = 0.02


@dataclass(frozen=True, kw_only=True)
class Child:
    """One process that leads a process group of its own."""

    name: str
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """Process id, and id of the group that it leads."""
        return self.process.pid

    @property
    def output(self) -> IO[bytes] | None:
        """The reading end of its standard output and error, when spawned with `output=subprocess.PIPE`."""
        return self.process.stdout

    def ended(self) -> int | None:
        """Its exit code (negative: the signal) once it ended, else None; whatever remains of its group is killed."""
        if self.process.returncode is not None:
            return self.process.returncode
        # Look without reaping: while the leader is a zombie its number cannot belong to another group.
        if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return None
        self._signal_group(signal.SIGKILL)
        return self.process.wait()

    def wait(self, *, timeout_s: float) -> int | None:
        """Poll until it ended; None when it still runs after `timeout_s` seconds."""
        deadline = time.monotonic() + timeout_s
        while (code := self.ended()) is None and time.monotonic() < deadline:
            time.sleep(POLL_S)
        return code

    def stop(self, *, signals: Sequence[signal.Signals] = (signal.SIGTERM,), patience_s: float) -> int:
        """Send each signal in turn, `patience_s` seconds apart, then SIGKILL; returns the exit code."""
        for polite in signals:
            if self.ended() is None:
                self.process.send_signal(polite)
            if (code := self.wait(timeout_s=patience_s)) is not None:
                return code
        self._signal_group(signal.SIGKILL)
        self.process.wait()
        return self.process.returncode

    def _signal_group(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return  # nobody is left in it


def spawn(
    *,
    name: str,
    command: Sequence[str],
    environ: Mapping[str, str],
    cwd: Path,
    output: int | IO[bytes],
    death_signal: signal.Signals = signal.SIGTERM,
    account: Account | None = None,
    keep_open: Iterable[int] = (),
) -> Child:
    """Start `command` in a group of its own; when this process dies, however it dies, the kernel sends `death_signal`.

    `account` is whom it runs as (root only), `keep_open` are file descriptors that it inherits, `output` takes its
    standard output and error. Must be called on the main thread: the kernel's promise ends with the thread that forks.
    Grandchildren are the business of `guardian`.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError(f"{name} must be spawned from the main thread: it would die with any other")
    uid, gid = (account.uid, account.gid) if account else (-1, -1)
    tie = [str(number) for number in (os.getpid(), int(death_signal), uid, gid)]
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(LAUNCHER), *tie, *command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=dict(environ),
        cwd=cwd,
        process_group=0,
        pass_fds=tuple(keep_open),
    )
    return Child(name=name, process=process)
