"""Processes of a Procfile, without the rest of the platform."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.local.console import Console
from config.local.processes import Processes, ProcessGaveUp, how_it_ended
from config.local.tests.conftest import PATIENCE_S, living_below, plain_environ, wait_until


class Stage:
    """Processes, and the screen that they print on."""

    def __init__(self, place: Path) -> None:
        self.screen = io.BytesIO()
        self.console = Console(screen=self.screen, colour=False)
        self.processes = Processes(folder=place, environ=plain_environ(SAID="given"), console=self.console)

    def said(self) -> str:
        self.console.pump(timeout_s=0.01)
        return self.screen.getvalue().decode()


@pytest.fixture
def stage(place: Path) -> Iterator[Stage]:
    stage = Stage(place)
    yield stage
    stage.processes.stop(patience_s=5)
    stage.console.drain()


class TestRun:
    def test_runs_to_the_end_with_the_environment_and_our_own_python(self, stage: Stage) -> None:
        stage.processes.run(name="once", command="python -c 'import os, sys; print(os.environ[\"SAID\"], sys.prefix)'")
        assert stage.said() == f"once     | given {sys.prefix}\n"

    def test_says_how_it_failed(self, stage: Stage) -> None:
        with pytest.raises(ProcessGaveUp, match="once ended with exit code 3"):
            stage.processes.run(name="once", command="/bin/sh -c 'exit 3'")


class TestCheck:
    def test_starts_again_after_the_pause_and_not_before(self, stage: Stage) -> None:
        stage.processes.start(commands={"worker": "/bin/sh -c 'echo begun; exit 1'"})
        wait_until(lambda: "begun" in stage.said(), "its first words")
        wait_until(lambda: self.ended(stage, now_s=100.0), "its end")
        stage.processes.check(now_s=100.4, forgiving=True)
        assert stage.said().count("begun") == 1
        stage.processes.check(now_s=100.5, forgiving=True)
        wait_until(lambda: stage.said().count("begun") == 2, "its second start")

    def test_forgives_nothing_before_all_is_ready(self, stage: Stage, place: Path) -> None:
        stage.processes.start(commands={"web": "/bin/sh -c 'kill -9 $$'"})
        wait_until(lambda: not living_below(place), "its end")
        with pytest.raises(ProcessGaveUp, match="web was killed by SIGKILL"):
            stage.processes.check(now_s=0.0, forgiving=False)

    def test_gives_up_when_it_ends_again_and_again(self, stage: Stage, place: Path) -> None:
        stage.processes.start(commands={"worker": "/bin/sh -c 'exit 7'"})
        for end in range(5):
            wait_until(lambda: not living_below(place), "its end")
            stage.processes.check(now_s=end * 10.0, forgiving=True)
            stage.processes.check(now_s=end * 10.0 + 9.0, forgiving=True)
        wait_until(lambda: not living_below(place), "its end")
        with pytest.raises(ProcessGaveUp, match="worker ended with exit code 7"):
            stage.processes.check(now_s=50.0, forgiving=True)
        assert stage.said().count("it starts again in") == 5

    @staticmethod
    def ended(stage: Stage, *, now_s: float) -> bool:
        stage.processes.check(now_s=now_s, forgiving=True)
        return "it starts again in 0.5 s" in stage.said()


class TestStop:
    def test_stops_in_the_reverse_order_of_the_start(self, stage: Stage, place: Path) -> None:
        patient = "/bin/sh -c 'trap \"echo bye; exit 0\" TERM; echo up; while :; do sleep 0.02; done'"
        stage.processes.start(commands={"first": patient, "second": patient})
        wait_until(lambda: stage.said().count("up") == 2, "both")
        stage.processes.stop(patience_s=PATIENCE_S)
        assert [line for line in stage.said().splitlines() if "bye" in line] == ["second   | bye", "first    | bye"]
        assert living_below(place) == {}

    def test_gives_a_chatty_process_the_chance_to_end(self, stage: Stage) -> None:
        # More than a pipe holds: with nobody reading it could never come to its exit.
        chatty = "/bin/sh -c 'trap \"seq 100000; echo done; exit 0\" TERM; echo up; while :; do sleep 0.02; done'"
        stage.processes.start(commands={"chatty": chatty})
        wait_until(lambda: "up" in stage.said(), "its start")
        stage.processes.stop(patience_s=PATIENCE_S)
        assert stage.said().splitlines()[-1] == "chatty   | done"

    def test_kills_a_deaf_process_in_the_end(self, stage: Stage, place: Path) -> None:
        stage.processes.start(commands={"deaf": "/bin/sh -c 'trap \"\" TERM; echo up; while :; do sleep 0.02; done'"})
        wait_until(lambda: "up" in stage.said(), "its start")
        stage.processes.stop(patience_s=0.1)
        wait_until(lambda: not living_below(place), "the end of what it had just started")


class TestHowItEnded:
    @pytest.mark.parametrize(("code", "words"), [(0, "ended with exit code 0"), (-15, "was killed by SIGTERM")])
    def test_says_it_in_words(self, code: int, words: str) -> None:
        assert how_it_ended(code) == words
