"""What the figures were measured on: cores, versions, the disk, and how busy others kept the machine meanwhile."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS_S = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Process:
    """One line of /proc/PID/stat: seconds of CPU of itself and of the children that it has collected."""

    pid: int
    parent: int
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Moment:
    """The machine's clocks at one instant: seconds of CPU that anybody used, and that our own processes used."""

    at_s: float
    busy_s: float
    own_s: float


def moment() -> Moment:
    """Now, for `others_cores`. Ours are this process and its descendants."""
    processes = list(_processes())
    own = family(processes, root=os.getpid())
    busy_s = busy_seconds((PROC / "stat").read_text(encoding="ascii"))
    return Moment(time.monotonic(), busy_s, sum(process.cpu_s for process in own))


def cpu_s(root: int) -> float:
    """Seconds of CPU that a process, its descendants and the children that they have collected used so far."""
    return sum(process.cpu_s for process in family(list(_processes()), root=root))


def others_cores(before: Moment, after: Moment) -> float:
    """How many cores programs that are not ours kept busy between two moments, on the average."""
    elapsed_s = max(after.at_s - before.at_s, 1e-9)
    return max(0.0, (after.busy_s - before.busy_s) - (after.own_s - before.own_s)) / elapsed_s


def busy_seconds(stat: str) -> float:
    """Seconds of CPU in use since the start of the machine, all cores together. proc(5): /proc/stat."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = (int(word) for word in stat.split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS_S


def process_of(stat: str) -> Process:
    """From the text of /proc/PID/stat. The command's name, in brackets, may itself contain brackets and spaces."""
    pid, _, rest = stat.partition(" ")
    words = rest.rpartition(")")[2].split()
    return Process(int(pid), int(words[1]), sum(int(word) for word in words[11:15]) / TICKS_S)


def family(processes: Iterable[Process], *, root: int) -> list[Process]:
    """The process `root` with all its descendants."""
    by_parent: dict[int, list[Process]] = {}
    found = []
    for process in processes:
        by_parent.setdefault(process.parent, []).append(process)
        if process.pid == root:
            found.append(process)
    for process in found:
        found.extend(by_parent.get(process.pid, ()))
    return found


def _processes() -> Iterable[Process]:
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                yield process_of((entry / "stat").read_text(encoding="utf-8", errors="replace"))
            except OSError:
                continue  # it ended while we looked


def resident_mb(root: int) -> list[float]:
    """Memory of a process and of each of its descendants, largest first (RSS, in units of 1,000,000 bytes)."""
    sizes = []
    for process in family(list(_processes()), root=root):
        try:
            pages = int((PROC / str(process.pid) / "statm").read_text(encoding="ascii").split()[1])
        except OSError:
            continue  # it ended while we looked
        sizes.append(pages * PAGE_BYTES / 1e6)
    return sorted(sizes, reverse=True)


def sync_ms(folder: Path, *, times: int = 200) -> float:
    """What it takes to write 8 KiB and have them on the disk, in the middle of `times` tries."""
    path, took = folder / "sync.probe", []
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        for _ in range(times):
            started = time.perf_counter()
            os.pwrite(descriptor, bytes(8192), 0)
            os.fdatasync(descriptor)
            took.append(1000 * (time.perf_counter() - started))
    finally:
        os.close(descriptor)
        path.unlink()
    return statistics.median(took)


def description() -> str:
    """Cores, processor, kernel and interpreter, in one line."""
    cores = len(os.sched_getaffinity(0))
    model = processor((PROC / "cpuinfo").read_text(encoding="utf-8", errors="replace"))
    return f"{cores} cores, {model}, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def processor(cpuinfo: str) -> str:
    """The processor's own name for itself."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
