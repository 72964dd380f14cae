"""Children die with their parent, and end when they are told to."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.local.children import Child, spawn
from config.local.tests.conftest import PATIENCE_S, alive, living_below, plain_environ, process, wait_until

PARENT = """
import subprocess, sys, time
from pathlib import Path
from config.local.children import spawn
child = spawn(name="child", command=sys.argv[2:], environ={"PATH": "/usr/bin:/bin"}, cwd=Path(sys.argv[1]),
              output=subprocess.DEVNULL)
print(child.pid, flush=True)
time.sleep(600)
"""
DEAF = "trap '' TERM; echo ready; while :; do sleep 0.1; done"


def start(place: Path, script: str, **more: object) -> Child:
    return spawn(
        name="test",
        command=["/bin/sh", "-c", script],
        environ=plain_environ(),
        cwd=place,
        output=subprocess.PIPE,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def deaf(place: Path) -> Iterator[Child]:
    child = start(place, DEAF)
    assert child.output is not None
    assert child.output.readline() == b"ready\n"
    yield child
    child.output.close()


class TestSpawn:
    def test_refuses_any_thread_but_the_main_one(self, place: Path) -> None:
        refusals = []

        def attempt() -> None:
            with pytest.raises(RuntimeError, match="main thread") as refusal:
                start(place, "sleep 600")
            refusals.append(refusal)

        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
        assert len(refusals) == 1
        assert living_below(place) == {}

    def test_the_child_dies_when_its_parent_is_killed(self, place: Path) -> None:
        command = [sys.executable, "-c", PARENT, str(place), "/bin/sleep", "600"]
        with process(*command, env=plain_environ()) as parent:
            assert parent.stdout is not None
            child = int(parent.stdout.readline())
            assert alive(child)
            parent.kill()
        wait_until(lambda: not alive(child), "the end of the child")

    def test_leads_a_group_of_its_own(self, place: Path) -> None:
        child = start(place, "sleep 600")
        assert os.getpgid(child.pid) == child.pid != os.getpgid(0)
        child.stop(patience_s=5)
        assert child.output is not None
        child.output.close()

    def test_hands_on_what_must_stay_open_and_nothing_else(self, place: Path) -> None:
        kept, closed = os.open("/dev/null", os.O_RDONLY), os.open("/dev/null", os.O_RDONLY)
        child = start(place, f"test -e /proc/self/fd/{kept} && test ! -e /proc/self/fd/{closed}", keep_open=[kept])
        assert child.wait(timeout_s=PATIENCE_S) == 0
        for descriptor in (kept, closed):
            os.close(descriptor)
        assert child.output is not None
        child.output.close()


class TestEnded:
    def test_is_none_while_it_runs_and_then_its_exit_code(self, place: Path) -> None:
        child = start(place, "read line <&3; exit 3")  # 3 is not open: the shell fails at once
        assert child.wait(timeout_s=PATIENCE_S) is not None
        assert child.ended() == child.ended() == child.process.returncode
        assert child.output is not None
        child.output.close()

    def test_kills_what_the_dead_leader_left_in_its_group(self, place: Path) -> None:
        child = start(place, "sleep 600 & exit 3")
        assert child.wait(timeout_s=PATIENCE_S) == 3
        wait_until(lambda: not living_below(place), "the end of the leader's child")
        assert child.output is not None
        child.output.close()


class TestStop:
    def test_is_polite_first(self, place: Path) -> None:
        child = start(place, "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done")
        assert child.output is not None
        assert child.output.readline() == b"ready\n"
        assert child.stop(patience_s=10) == 5
        child.output.close()

    def test_kills_a_child_that_does_not_listen(self, deaf: Child) -> None:
        assert deaf.stop(patience_s=0.2) == -signal.SIGKILL

    def test_sends_each_signal_in_turn(self, deaf: Child) -> None:
        assert deaf.stop(signals=(signal.SIGTERM, signal.SIGUSR1), patience_s=2) == -signal.SIGUSR1

    def test_of_an_ended_child_returns_its_code(self, place: Path) -> None:
        child = start(place, "exit 4")
        assert child.wait(timeout_s=PATIENCE_S) == 4
        assert child.stop(patience_s=0) == 4
        assert child.output is not None
        child.output.close()
