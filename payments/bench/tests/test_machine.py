"""What /proc says, read rightly."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from payments.bench.machine import (
    TICKS_S,
    Moment,
    Process,
    busy_seconds,
    description,
    family,
    moment,
    others_cores,
    process_of,
    processor,
    resident_mb,
    sync_ms,
)


def stat(pid: int, name: str, parent: int, ticks: tuple[int, int, int, int]) -> str:
    used = " ".join(str(each) for each in ticks)
    return f"{pid} ({name}) S {parent} 1 1 0 -1 4194304 100 0 0 0 {used} 20 0 1 0 12345 1000 200"


class TestProcessOf:
    def test_reads_parent_and_cpu_behind_any_name(self) -> None:
        assert process_of(stat(7, "a) S 9 (b", 3, (TICKS_S, TICKS_S, 0, 2 * TICKS_S))) == Process(7, 3, 4.0)


class TestFamily:
    def test_is_the_root_and_all_below_it(self) -> None:
        tree = [Process(2, 1, 0), Process(1, 0, 0), Process(3, 2, 0), Process(9, 8, 0), Process(4, 1, 0)]
        assert sorted(each.pid for each in family(tree, root=1)) == [1, 2, 3, 4]
        assert [each.pid for each in family(tree, root=77)] == []


class TestBusySeconds:
    def test_leaves_out_idle_and_waiting(self) -> None:
        words = " ".join(str(TICKS_S * each) for each in (1, 2, 3, 1000, 1000, 4, 5, 6, 7, 8))
        assert busy_seconds(f"cpu  {words}\ncpu0 …") == 21.0


class TestOthersCores:
    def test_is_what_was_used_beyond_our_own(self) -> None:
        assert others_cores(Moment(0, 100, 10), Moment(10, 120, 25)) == 0.5

    def test_is_never_negative(self) -> None:
        assert others_cores(Moment(0, 100, 10), Moment(10, 110, 25)) == 0.0

    def test_is_read_from_this_machine(self) -> None:
        before = moment()
        assert others_cores(before, moment()) >= 0.0


class TestResidentMb:
    def test_begins_with_a_size_that_a_python_process_has(self) -> None:
        assert 5 < resident_mb(os.getpid())[0] < 4000

    def test_of_nobody_is_empty(self) -> None:
        assert resident_mb(-1) == []


class TestSyncMs:
    def test_leaves_nothing_behind(self, tmp_path: Path) -> None:
        assert sync_ms(tmp_path, times=3) > 0
        assert list(tmp_path.iterdir()) == []


class TestProcessor:
    def test_is_the_name_that_it_has_for_itself(self) -> None:
        assert processor("processor : 0\nmodel name\t: Some CPU @ 2 GHz\n") == "Some CPU @ 2 GHz"

    def test_falls_back_to_the_architecture(self) -> None:
        assert processor("processor : 0\n") == platform.machine()


class TestDescription:
    def test_is_one_line_with_the_interpreter(self) -> None:
        assert "\n" not in description()
        assert platform.python_version() in description()
