"""What a process becomes before it is the command that was asked for."""

import os
import subprocess
import sys
from pathlib import Path

from config.local.children import LAUNCHER


def launch(*command: str, parent: int | None = None, uid: int = -1, gid: int = -1) -> subprocess.CompletedProcess[str]:
    tie = [str(number) for number in (os.getpid() if parent is None else parent, 15, uid, gid)]
    return subprocess.run(
        [sys.executable, "-I", "-S", str(LAUNCHER), *tie, *command], capture_output=True, text=True, check=False
    )


class TestMain:
    def test_becomes_the_command(self) -> None:
        done = launch("/bin/sh", "-c", "echo here; exit 7")
        assert (done.returncode, done.stdout) == (7, "here\n")

    def test_does_not_start_when_its_parent_is_gone_already(self, tmp_path: Path) -> None:
        trace = tmp_path / "trace"
        # The number of somebody who is not the parent: what getppid() tells an orphan.
        done = launch("/usr/bin/touch", str(trace), parent=os.getppid())
        assert done.returncode == 1
        assert not trace.exists()

    def test_names_a_command_that_is_not_there(self) -> None:
        done = launch("/nowhere/at-all")
        assert done.returncode == 1
        assert done.stderr == "/nowhere/at-all: No such file or directory\n"

    def test_hands_on_no_ignored_signal(self) -> None:
        done = launch("/bin/sh", "-c", "grep SigIgn /proc/self/status")
        ignored = int(done.stdout.split()[1], 16)
        assert ignored & sum(1 << (number - 1) for number in (2, 13, 25)) == 0

    def test_drops_root_for_good_or_refuses(self) -> None:
        done = launch("/bin/sh", "-c", "grep -E '^(Uid|Gid|Groups)' /proc/self/status", uid=65534, gid=65534)
        if os.geteuid() == 0:
            lines = dict(line.split(":", 1) for line in done.stdout.splitlines())
            assert lines["Uid"].split() == lines["Gid"].split() == ["65534"] * 4
            assert lines["Groups"].split() == []
        else:
            assert done.returncode != 0
            assert done.stdout == ""
