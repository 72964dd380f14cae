"""Runs a program as the child of a watcher, so that whichever of the two is killed, the other ends everything."""

import ctypes
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from config.local.launch import tie_to_parent
from config.local.problem import Problem

PR_SET_CHILD_SUBREAPER = 36
"""prctl(2): orphaned descendants become children of this process and not of init."""
LAST_GRACE_S = 2.0
POLL_S = 0.05

Handler = Callable[[int, FrameType | None], None] | signal.Handlers


class StopRequested(BaseException):
    """Ctrl-C, a terminal that closed, SIGTERM, or the death of the watcher."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def guarded(
    *,
    program: Callable[[], int],
    parent: int | None = None,
    interactive: bool = False,
    grace_s: float = LAST_GRACE_S,
) -> int:
    """Run `program` in a child of this process and return its exit code; no descendant outlives the two of them.

    The kernel's parent-death signal reaches children only. Grandchildren (workers of gunicorn and Celery) are ended by
    the survivor, to whom the kernel gives the orphans. In `program`, the first stop signal raises StopRequested.
    With `parent`, the number of the process that started us, its death is a stop signal too. With `interactive`, Ctrl-C
    is left to whatever `program` runs in the foreground. Who still runs when `program` has ended has `grace_s` seconds
    to follow.
    """
    if sys.platform != "linux":
        sys.exit("the local platform runs on Linux (or WSL 2): it relies on prctl(2) to leave no process behind")
    adopt_orphans()
    stops = _stop_signals(interactive=interactive)
    watcher = os.getpid()
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)  # until each of the two has said what it does about them
    if parent is not None:
        tie_to_parent(parent=parent, death_signal=signal.SIGTERM)
    keeper = os.fork()
    if keeper:
        return _watch(keeper=keeper, stops=stops, grace_s=grace_s)
    code = 1
    try:
        code = _keep(program=program, watcher=watcher, stops=stops, grace_s=grace_s)
    finally:
        os._exit(code)  # never back into the watcher's own code, whatever was raised


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) was refused")


def children_of(pid: int) -> list[int]:
    """The processes, zombies included, whose parent is `pid`."""
    processes = (entry for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [int(entry.name) for entry in processes if _parent(entry) == pid]


def end_descendants(*, grace_s: float) -> None:
    """SIGTERM to all children, orphans that arrive included; SIGKILL to whoever is left after `grace_s` seconds."""
    deadline = time.monotonic() + grace_s
    told: set[int] = set()
    while _reap():
        merciful = time.monotonic() < deadline
        for pid in children_of(os.getpid()):
            if not merciful:
                os.kill(pid, signal.SIGKILL)
            elif pid not in told:
                told.add(pid)
                os.kill(pid, signal.SIGTERM)
        time.sleep(0.02)


def _stop_signals(*, interactive: bool) -> tuple[signal.Signals, ...]:
    stops = [signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # it is, under nohup
        stops.append(signal.SIGHUP)
    if interactive:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    else:
        stops.append(signal.SIGINT)
    return tuple(stops)


def _keep(*, program: Callable[[], int], watcher: int, stops: tuple[signal.Signals, ...], grace_s: float) -> int:
    def raise_once(number: int, frame: FrameType | None) -> None:
        _handle(stops, signal.SIG_IGN)  # impatience must not interrupt the clean end that the first signal began
        raise StopRequested(number)

    code = 1
    try:
        tie_to_parent(parent=watcher, death_signal=signal.SIGTERM)
        if signal.SIGINT in stops:
            # A group of its own: `kill -9` of the watcher's whole group must leave somebody who stops all in order.
            os.setpgid(0, 0)
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # we may still write to the terminal
        _handle(stops, raise_once)
        adopt_orphans()
        code = program()
    except StopRequested as stop:
        code = 128 + stop.number
    except Problem as problem:
        print(f"holdfast: {problem}", file=sys.stderr)
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except Exception:  # noqa: BLE001 - the last frame of this process: above it is the watcher's code
        traceback.print_exc()
    _handle(stops, signal.SIG_IGN)
    end_descendants(grace_s=grace_s)
    _flush()
    return code


def _watch(*, keeper: int, stops: tuple[signal.Signals, ...], grace_s: float) -> int:
    def forward(number: int, frame: FrameType | None) -> None:
        os.kill(keeper, signal.SIGTERM)

    _handle(stops, forward)
    # Looked at before it is reaped: until then its number is not given to another process. Polled, because a signal
    # that comes just before a blocking wait begins would be handled only when that wait ends.
    while (seen := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG)) is None or seen.si_pid != keeper:
        if seen is None:
            time.sleep(POLL_S)
        else:
            os.waitpid(seen.si_pid, 0)
    _handle(stops, signal.SIG_IGN)
    _, status = os.waitpid(keeper, 0)
    end_descendants(grace_s=grace_s)
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def _handle(stops: tuple[signal.Signals, ...], handler: Handler) -> None:
    for number in stops:
        signal.signal(number, handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, stops)


def _parent(entry: Path) -> int:
    try:
        # The command's name, in brackets, may itself contain brackets and spaces.
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return -1  # it ended while we looked, or is hidden from us and so no child of ours


def _reap() -> bool:
    """Collect the children that ended; False when there is no child at all."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if pid == 0:
            return True


def _flush() -> None:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return  # the terminal is gone, and with it the reader of these lines
