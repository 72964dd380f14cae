"""Counters of several processes add up, also of those that ended, and the folder does not grow with restarts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector

from config.ops.process_metrics import SharedCounters, fold_ended

# What a worker does: it counts, measures, and says when it has done so.
WORKER = """
import sys
from prometheus_client import Counter, Histogram
Counter("turns", "Turns.", ["who"]).labels("all").inc(float(sys.argv[1]))
Histogram("took", "Seconds.", buckets=(1, 10)).observe(float(sys.argv[1]))
print("done", flush=True)
sys.stdin.read()
"""


class Worker:
    """A real process that shares the folder."""

    def __init__(self, folder: Path, number: float) -> None:
        environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(number)],
            env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "done\n"

    def end(self) -> None:
        self.process.communicate()


def _count_of_an_ended_process(folder: Path, process: int, number: float) -> None:
    """As a worker leaves it behind; numbers above the kernel's largest process id belong to nobody."""
    file = MmapedDict(str(folder / f"counter_{process}.db"))  # type: ignore[no-untyped-call]
    name = mmap_key("turns", "turns_total", ["who"], ["all"], "Turns.")
    file.write_value(name, number, 0.0)  # type: ignore[no-untyped-call]
    file.close()  # type: ignore[no-untyped-call]


def _text(folder: Path | str) -> str:
    registry = CollectorRegistry()
    registry.register(SharedCounters(folder=str(folder)))
    return generate_latest(registry).decode()


NOBODY = 2**22 + 1


class TestSharedCounters:
    def test_adds_the_processes_up(self, tmp_path: Path) -> None:
        workers = [Worker(tmp_path, 2), Worker(tmp_path, 3)]
        text = _text(tmp_path)
        for worker in workers:
            worker.end()
        assert 'turns_total{who="all"} 5.0' in text
        assert 'took_bucket{le="10.0"} 2.0' in text
        assert "took_sum 5.0" in text

    def test_remembers_those_that_ended(self, tmp_path: Path) -> None:
        Worker(tmp_path, 2).end()
        alive = Worker(tmp_path, 3)
        text = _text(tmp_path)
        alive.end()
        assert 'turns_total{who="all"} 5.0' in text

    def test_without_a_folder_tells_its_own(self) -> None:
        assert "python_info" in _text("")

    def test_an_empty_folder_is_no_error(self, tmp_path: Path) -> None:
        assert _text(tmp_path).strip() == ""


class TestFoldEnded:
    def test_many_files_become_one_and_the_sums_stay(self, tmp_path: Path) -> None:
        for number in range(30):
            _count_of_an_ended_process(tmp_path, NOBODY + number, 1.5)
        before = _text_unfolded(tmp_path)
        assert fold_ended(folder=tmp_path) == 30
        assert [path.name for path in tmp_path.glob("*.db")] == ["counter_0.db"]
        assert _text(tmp_path) == before
        assert 'turns_total{who="all"} 45.0' in before

    def test_again_and_again(self, tmp_path: Path) -> None:
        for turn in range(3):
            for number in range(20):
                _count_of_an_ended_process(tmp_path, NOBODY + number, 1)
            assert fold_ended(folder=tmp_path) == 20
            assert f'turns_total{{who="all"}} {20.0 * (turn + 1)}' in _text(tmp_path)

    def test_histograms_of_real_processes(self, tmp_path: Path) -> None:
        for number in (1, 5, 50):
            Worker(tmp_path, number).end()
        before = _text_unfolded(tmp_path)
        assert fold_ended(folder=tmp_path, from_files=1) == 6
        assert sorted(path.name for path in tmp_path.glob("*.db")) == ["counter_0.db", "histogram_0.db"]
        assert sorted(_text(tmp_path).splitlines()) == sorted(before.splitlines())
        assert 'took_bucket{le="+Inf"} 3.0' in before

    def test_a_living_process_keeps_its_files_and_goes_on_counting(self, tmp_path: Path) -> None:
        alive = Worker(tmp_path, 2)
        for number in range(25):
            _count_of_an_ended_process(tmp_path, NOBODY + number, 1)
        assert fold_ended(folder=tmp_path) == 25
        assert (tmp_path / f"counter_{alive.process.pid}.db").exists()
        assert 'turns_total{who="all"} 27.0' in _text(tmp_path)
        alive.end()

    def test_a_few_files_are_left_alone(self, tmp_path: Path) -> None:
        for number in range(19):
            _count_of_an_ended_process(tmp_path, NOBODY + number, 1)
        assert fold_ended(folder=tmp_path) == 0
        assert len(list(tmp_path.glob("*.db"))) == 19

    @pytest.mark.parametrize("name", ["counter_strange.db", "gauge_all_4194305.db", "notes.txt"])
    def test_files_of_others_are_left_alone(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_bytes(b"")
        assert fold_ended(folder=tmp_path, from_files=1) == 0
        assert (tmp_path / name).exists()


def _text_unfolded(folder: Path) -> str:
    """The sums as the library itself finds them in the files as they lie there."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
    return generate_latest(registry).decode()
