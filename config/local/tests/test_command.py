"""One command with the services up."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.local.tests.conftest import living_below, plain_environ, process, wait_until
from config.local.tests.toys import make_checkout, supervised, wait_until_ready

LOOK = "import os, psycopg; print(*psycopg.connect(os.environ['DATABASE_URL']).execute('{}').fetchone())"
COUNT = LOOK.format("SELECT count(*) FROM starts")
FSYNC = LOOK.format("SHOW fsync")


@pytest.fixture
def checkout(place: Path) -> Path:
    return make_checkout(place)


def command(checkout: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "config.local.command", "--checkout", str(checkout), *arguments]
    return subprocess.run(words, capture_output=True, text=True, check=False, env=plain_environ(**environ))


class TestRun:
    def test_hands_on_the_exit_code_and_stops_the_services(self, checkout: Path) -> None:
        done = command(checkout, "--", "/bin/sh", "-c", 'test "$PWD" = "$0" && exit 7', str(checkout))
        assert done.returncode == 7
        assert living_below(checkout) == {}

    def test_uses_the_services_of_a_running_demo(self, checkout: Path) -> None:
        with supervised(checkout) as demo:
            wait_until_ready(demo)
            assert command(checkout, "--", sys.executable, "-c", COUNT).stdout == "1\n"
            ports = command(checkout, "--", "/bin/sh", "-c", "echo $PORT").stdout
            assert ports == f"{demo.port}\n"
        # And on the same data, with services of its own, when the demo has stopped.
        assert command(checkout, "--", sys.executable, "-c", COUNT).stdout == "1\n"

    @pytest.mark.parametrize(("option", "fsync"), [("--temporary", "on"), ("--careless", "off")])
    def test_has_fresh_services_of_its_own_where_asked(self, checkout: Path, option: str, fsync: str) -> None:
        done = command(checkout, "--temporary", option, "--", sys.executable, "-c", FSYNC)
        assert done.stdout == f"{fsync}\n"
        assert not list((checkout / ".local").glob("postgres*"))

    def test_says_so_when_there_is_no_such_command(self, checkout: Path) -> None:
        done = command(checkout, "--temporary", "--careless", "--", "no-such-command")
        assert done.returncode == 1
        assert done.stderr == "no-such-command: No such file or directory\n"

    def test_wants_a_command(self, checkout: Path) -> None:
        done = command(checkout, "--")
        assert done.returncode == 2
        assert "a command is needed" in done.stderr

    def test_tells_a_problem_in_a_line(self, checkout: Path) -> None:
        done = command(checkout, "--", "true", PG_BIN="/nowhere")
        assert (done.returncode, done.stderr) == (1, "holdfast: PG_BIN=/nowhere holds no PostgreSQL 15 or newer\n")

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
    def test_leaves_nothing_when_it_is_ended(self, checkout: Path, number: signal.Signals) -> None:
        words = [sys.executable, "-m", "config.local.command", "--checkout", str(checkout), "--"]
        script = "echo here; sleep 600 & wait"
        with process(*words, "/bin/sh", "-c", script, env=plain_environ()) as started:
            assert started.stdout is not None
            assert started.stdout.readline() == "here\n"
            os.kill(started.pid, number)
            wait_until(lambda: not living_below(checkout), "the end of everybody")
