"""Adds up what the processes of one machine count, the ended ones included."""

from __future__ import annotations

import fcntl
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

# Workers are replaced all day long, and each leaves its files behind: from this many on they are folded into one.
FOLD_FROM = 20
_KINDS = ("counter", "histogram", "summary")
_FOLDED = "0"  # stands where a process id would: no process has it


class SharedCounters(Collector):
    """The counters of every process that shares `folder`, or of this process alone where there is none."""

    def __init__(self, *, folder: str) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        if not self._folder:
            yield from REGISTRY.collect()
            return
        place = Path(self._folder)
        fold_ended(folder=place)
        with _locked(place, fcntl.LOCK_SH):
            metrics = list(MultiProcessCollector(None, path=self._folder).collect())  # type: ignore[no-untyped-call]
        yield from metrics


def fold_ended(*, folder: Path, from_files: int = FOLD_FROM) -> int:
    """Adds the counters of ended processes to one file each kind, so that the folder does not grow with every restart.

    Returns how many files went. The folder must belong to one machine (one space of process ids).
    """
    if len(_ended(folder)) < from_files:
        return 0
    with _locked(folder, fcntl.LOCK_EX):
        ended = _ended(folder)  # somebody may have folded while we waited
        for kind in _KINDS:
            _fold(folder, kind, [path for path in ended if path.name.startswith(f"{kind}_")])
        return len(ended)


def _ended(folder: Path) -> list[Path]:
    found = []
    for kind in _KINDS:
        for path in folder.glob(f"{kind}_*.db"):
            owner = path.stem.rpartition("_")[2]
            if owner != _FOLDED and owner.isdecimal() and not _is_alive(int(owner)):
                found.append(path)
    return found


def _fold(folder: Path, kind: str, ended: list[Path]) -> None:
    target, fresh = folder / f"{kind}_{_FOLDED}.db", folder / f"{kind}.fresh"
    sums: dict[str, float] = defaultdict(float)
    for path in [*([target] if target.exists() else []), *ended]:
        for name, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):  # type: ignore[no-untyped-call]
            sums[name] += value
    if not ended:
        return
    fresh.unlink(missing_ok=True)
    written = MmapedDict(str(fresh))  # type: ignore[no-untyped-call]
    for name, value in sums.items():
        written.write_value(name, value, 0.0)  # type: ignore[no-untyped-call]
    written.close()  # type: ignore[no-untyped-call]
    fresh.replace(target)
    for path in ended:
        path.unlink()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
