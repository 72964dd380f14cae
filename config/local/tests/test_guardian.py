"""Whoever is killed, nobody is left."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.local.guardian import children_of
from config.local.tests.conftest import PATIENCE_S, alive, living_below, plain_environ, process, wait_until

# A program with the two kinds of descendants that the kernel's parent-death signal does not reach: a grandchild that is
# deaf to SIGTERM, and one that left its group and session.
PROGRAM = """
import os, signal, subprocess, sys, time
from pathlib import Path
from config.local.children import spawn
from config.local.guardian import StopRequested, guarded
from config.local.problem import Problem

def family():
    subprocess.Popen(["/bin/sh", "-c", "trap '' TERM; (trap '' TERM; while :; do sleep 0.1; done) & wait; wait"])
    subprocess.Popen(["/bin/sh", "-c", "setsid sleep 600 & wait"])
    print("keeper", os.getpid(), flush=True)
    time.sleep(600)

def tied():
    spawn(name="child", command=["/bin/sleep", "600"], environ={}, cwd=Path.cwd(), output=subprocess.DEVNULL)
    print("keeper", os.getpid(), flush=True)
    time.sleep(600)

def clean():
    try:
        print("keeper", os.getpid(), flush=True)
        for _ in range(600):
            time.sleep(0.1)  # a signal that comes just before a long sleep would be handled only after it
    except StopRequested as stop:
        os.kill(os.getpid(), signal.SIGTERM)  # impatience
        time.sleep(0.2)
        print("ended in order after", stop, flush=True)
        return 0

def problem():
    raise Problem("the port is taken")

def mistake():
    raise KeyError("a mistake of ours")

def leaves():
    raise SystemExit(9)

if __name__ == "__main__":
    options = dict(option.split("=") for option in sys.argv[3:])
    # Whoever runs these tests may be under nohup, which its children would inherit.
    signal.signal(signal.SIGHUP, signal.SIG_IGN if "nohup" in options else signal.SIG_DFL)
    sys.exit(guarded(program=globals()[sys.argv[2]], grace_s=0.5, interactive="interactive" in options,
                     parent=int(options["parent"]) if "parent" in options else None))
"""


@contextmanager
def running(
    place: Path, program: str, *options: str, start_new_session: bool = False
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The watcher, and the keeper's process id once it is at work."""
    command = [sys.executable, "-c", PROGRAM, str(place), program, *options]
    with process(*command, env=plain_environ(), cwd=place, start_new_session=start_new_session) as watcher:
        assert watcher.stdout is not None
        keeper = int(watcher.stdout.readline().split()[1])
        yield watcher, keeper


def finished(place: Path, program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, str(place), program]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=plain_environ(), cwd=place)


class TestGuarded:
    @pytest.mark.parametrize("killed", ["watcher", "keeper"])
    def test_killing_either_leaves_nobody(self, place: Path, killed: str) -> None:
        with running(place, "family") as (watcher, keeper):
            wait_until(lambda: len(living_below(place)) >= 6, "the whole family")
            os.kill(watcher.pid if killed == "watcher" else keeper, signal.SIGKILL)
            wait_until(lambda: not living_below(place), "the end of everybody")

    def test_killing_both_at_once_still_ends_their_children(self, place: Path) -> None:
        with running(place, "tied") as (watcher, keeper):
            os.kill(watcher.pid, signal.SIGSTOP)  # so that it cannot act when the keeper dies
            os.kill(keeper, signal.SIGKILL)
            os.kill(watcher.pid, signal.SIGKILL)
            wait_until(lambda: not living_below(place), "the end of everybody")

    def test_killing_the_whole_process_group_lets_the_program_end_in_order(self, place: Path) -> None:
        with running(place, "clean", start_new_session=True) as (watcher, _):
            os.killpg(watcher.pid, signal.SIGKILL)
            assert watcher.stdout is not None
            assert watcher.stdout.read() == "ended in order after SIGTERM\n"

    def test_says_by_which_signal_the_keeper_died(self, place: Path) -> None:
        with running(place, "family") as (watcher, keeper):
            os.kill(keeper, signal.SIGKILL)
            assert watcher.wait(PATIENCE_S) == 128 + signal.SIGKILL

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
    def test_a_stop_signal_lets_the_program_end_in_order_and_only_the_first_counts(
        self, place: Path, number: signal.Signals
    ) -> None:
        with running(place, "clean") as (watcher, _):
            watcher.send_signal(number)
            assert watcher.stdout is not None
            assert watcher.stdout.read() == "ended in order after SIGTERM\n"
            assert watcher.wait(PATIENCE_S) == 0

    def test_under_nohup_a_terminal_that_closes_stops_nothing(self, place: Path) -> None:
        with running(place, "clean", "nohup=yes") as (watcher, keeper):
            for pid in (watcher.pid, keeper):
                os.kill(pid, signal.SIGHUP)
            watcher.terminate()
            assert watcher.stdout is not None
            assert watcher.stdout.read() == "ended in order after SIGTERM\n"

    def test_leaves_the_keyboard_to_an_interactive_program(self, place: Path) -> None:
        with running(place, "clean", "interactive=yes") as (watcher, keeper):
            for pid in (watcher.pid, keeper):
                os.kill(pid, signal.SIGINT)
            watcher.terminate()
            assert watcher.stdout is not None
            assert watcher.stdout.read() == "ended in order after SIGTERM\n"

    def test_ends_with_its_own_parent_where_that_was_asked_for(self, place: Path) -> None:
        # `exec` keeps make's child the watcher itself; here a shell stands for make.
        script = '"$@" parent=$$ & echo $!; wait'
        command = ["/bin/sh", "-c", script, "sh", sys.executable, "-c", PROGRAM, str(place), "clean"]
        with process(*command, env=plain_environ(), cwd=place) as make:
            assert make.stdout is not None
            watcher = int(make.stdout.readline())
            keeper = int(make.stdout.readline().split()[1])
            make.kill()
            wait_until(lambda: not alive(watcher) and not alive(keeper), "the end of both")

    def test_does_not_begin_when_that_parent_is_gone_already(self, place: Path) -> None:
        # Ours instead of the one that starts it, which is us.
        command = [sys.executable, "-c", PROGRAM, str(place), "clean", f"parent={os.getppid()}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=plain_environ(), cwd=place)
        assert (done.returncode, done.stdout) == (1, "")

    def test_tells_a_problem_without_a_traceback(self, place: Path) -> None:
        done = finished(place, "problem")
        assert (done.returncode, done.stderr) == (1, "holdfast: the port is taken\n")

    def test_shows_where_a_mistake_was_made(self, place: Path) -> None:
        done = finished(place, "mistake")
        assert done.returncode == 1
        assert done.stderr.startswith("Traceback")
        assert done.stderr.count("Traceback") == 1

    def test_hands_on_the_exit_code(self, place: Path) -> None:
        assert finished(place, "leaves").returncode == 9


class TestChildrenOf:
    def test_knows_a_child_with_a_misleading_name(self, place: Path) -> None:
        program = place / "a ) R 1 (b"
        program.symlink_to("/bin/sleep")
        with process(program, "600", cwd=place) as child:
            wait_until(lambda: b"a ) R" in Path(f"/proc/{child.pid}/stat").read_bytes(), "the new name")
            assert child.pid in children_of(os.getpid())
