"""Places to run real processes in, and proof that none is left there."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
# Nothing is measured by it: a test that waits for ever tells nothing.
PATIENCE_S = 90.0


def wait_until(fact: Callable[[], object], what: str) -> None:
    """Poll until `fact` is true; fails with `what` otherwise."""
    deadline = time.monotonic() + PATIENCE_S
    while not fact():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether the process exists and is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def living_below(folder: Path) -> dict[int, str]:
    """The processes that work in the folder or name it in their command line."""
    found = {}
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            works_there = (process / "cwd").readlink().is_relative_to(folder)
        except OSError:
            continue
        if (works_there or str(folder) in command) and alive(int(process.name)):
            found[int(process.name)] = command
    return found


@contextmanager
def process(*command: str | Path, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process that is killed when the test is over, also when it failed."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options) as started:
        try:
            yield started
        finally:
            started.kill()


def plain_environ(**more: str) -> dict[str, str]:
    """What a shell of a machine with nothing set up passes on; the test run's own variables are left out."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), "HOME": "/nonexistent", **more}


def _quickest_disk() -> str:
    """Memory, where there is plenty and programs may run from it: a durable server waits for its disk."""
    memory = "/dev/shm"
    if not os.access(memory, os.W_OK):
        return "/tmp"
    found = os.statvfs(memory)
    fit = found.f_bavail * found.f_frsize > 2**30 and not found.f_flag & os.ST_NOEXEC
    return memory if fit else "/tmp"


@contextmanager
def a_place() -> Iterator[Path]:
    """A folder that every account may pass through, as most checkouts are; at the end nobody may be left in it."""
    folder = Path(tempfile.mkdtemp(prefix="holdfast-place-", dir=_quickest_disk()))
    folder.chmod(0o711)
    yield folder
    wait_until(lambda: not living_below(folder), f"the end of {living_below(folder)}")
    shutil.rmtree(folder)


@pytest.fixture
def place() -> Iterator[Path]:
    """A place of this test's own."""
    with a_place() as folder:
        yield folder
