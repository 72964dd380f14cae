"""One command starts everything, and nothing stays when it ends, however it ends."""

import os
import signal
import socket
from pathlib import Path

import psycopg
import pytest

from config.local.env_file import read_env_file
from config.local.guardian import children_of
from config.local.probe import answer_of
from config.local.tests.conftest import PATIENCE_S, alive, living_below, wait_until
from config.local.tests.toys import PROCFILE, Demo, count_of, make_checkout, supervised, wait_until_ready


@pytest.fixture
def checkout(place: Path) -> Path:
    return make_checkout(place)


def worker_of(demo: Demo) -> int:
    """The worker's process; 0 while there is none."""
    return next((pid for pid, command in living_below(demo.checkout).items() if "manage.py worker" in command), 0)


class TestRun:
    def test_starts_in_order_says_where_to_go_and_stops_in_order(self, place: Path) -> None:
        checkout = make_checkout(place, name="my shop")  # some paths have spaces
        with supervised(checkout) as demo:
            wait_until(lambda: "ready: open" in demo.said(), "the line that says where to go")
            last = demo.said().splitlines()[-1]
            assert f"http://127.0.0.1:{demo.port}/admin/" in last
            assert "admin@example.com" in last
            demo.watcher.send_signal(signal.SIGINT)
            assert demo.watcher.wait(PATIENCE_S) == 0
        assert demo.said().startswith("seed     | starts: 1")
        assert demo.said().splitlines()[-1] == "holdfast | stopped"
        assert living_below(checkout) == {}

    def test_keeps_rows_and_secrets_between_two_starts_even_killed_ones(self, checkout: Path) -> None:
        seeds = []
        for _ in range(2):
            with supervised(checkout) as demo:
                wait_until_ready(demo)
                seeds.append(demo.said().split("starts: ")[1].split("\n")[0].split())
                demo.watcher.kill()
                wait_until(lambda: not living_below(checkout), "the end of everybody")
        assert [count for count, _ in seeds] == ["1", "2"]
        assert seeds[0][1] == seeds[1][1]

    @pytest.mark.parametrize("killed", ["watcher", "keeper"])
    def test_leaves_no_process_when_it_is_killed(self, place: Path, killed: str) -> None:
        checkout = make_checkout(place, procfile=PROCFILE.replace("manage.py web", "manage.py family"))
        with supervised(checkout) as demo:
            wait_until_ready(demo)
            [keeper] = children_of(demo.watcher.pid)
            wait_until(lambda: count_of(demo, "trap '' TERM") == 1, "the whole family")
            os.kill(demo.watcher.pid if killed == "watcher" else keeper, signal.SIGKILL)
            wait_until(lambda: not living_below(checkout), "the end of everybody")

    def test_refuses_a_second_start_in_the_same_checkout(self, checkout: Path) -> None:
        with supervised(checkout) as demo:
            wait_until_ready(demo)
            said = demo.said()
            with supervised(checkout) as second:
                assert second.watcher.wait(PATIENCE_S) == 1
                assert "already runs in this checkout, as process" in second.said()
            (checkout / "said").write_text(said)
            assert answer_of(url=demo.url) == "200"

    @pytest.mark.parametrize("variable", ["PORT", "SANDBOX_PORT"])
    def test_names_a_port_that_is_taken(self, checkout: Path, variable: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            with supervised(checkout, **{variable: str(port)}) as demo:
                assert demo.watcher.wait(PATIENCE_S) == 1
        assert f"port {port} is in use by another program" in demo.said()
        assert variable in demo.said()
        assert "starts:" not in demo.said()

    def test_names_a_port_that_is_none(self, checkout: Path) -> None:
        with supervised(checkout, SANDBOX_PORT="many") as demo:
            assert demo.watcher.wait(PATIENCE_S) == 1
        assert "SANDBOX_PORT=many is not a port" in demo.said()

    def test_stops_when_the_preparation_fails(self, place: Path) -> None:
        checkout = make_checkout(place, procfile="release: python manage.py broken\nweb: python manage.py web\n")
        with supervised(checkout) as demo:
            assert demo.watcher.wait(PATIENCE_S) == 1
        assert "cannot migrate" in demo.said()
        assert "release ended with exit code 1" in demo.said()
        assert "starts:" not in demo.said()

    def test_stops_when_a_process_ends_before_all_is_ready(self, checkout: Path) -> None:
        (checkout / "not-ready").touch()
        with supervised(checkout) as demo:
            wait_until(lambda: count_of(demo, "manage.py worker"), "the worker")
            (checkout / "crash").touch()
            assert demo.watcher.wait(PATIENCE_S) == 1
        assert "worker ended with exit code 7" in demo.said()
        assert "ready: open" not in demo.said()

    def test_what_is_given_is_used(self, checkout: Path) -> None:
        (checkout / ".env").write_text("SECRET_KEY=of-the-dotenv-file\nCRON_SECRET=of-the-dotenv-file\n")
        with supervised(checkout, SECRET_KEY="of-the-environment") as demo:
            wait_until_ready(demo)
            assert "starts: 1 of-the-environment" in demo.said()
            running = read_env_file(path=checkout / ".local" / "running.env")
            assert "of-the-environment" not in running.values()


class TestPlaceOrders:
    def test_a_demo_with_gateways_of_its_own_goes_on_without_orders(self, checkout: Path) -> None:
        with supervised(checkout, OWN_GATEWAY="1") as demo:
            wait_until(lambda: "ready: open" in demo.said(), "the line that says where to go")
            assert "seed ended with exit code 1: no demo orders" in demo.said()


class TestLookAfter:
    def test_starts_again_what_ended(self, checkout: Path) -> None:
        with supervised(checkout) as demo:
            wait_until(lambda: "ready: open" in demo.said(), "the line that says where to go")
            first = worker_of(demo)
            running = read_env_file(path=checkout / ".local" / "running.env")
            (checkout / "crash").touch()
            wait_until(lambda: "worker ended with exit code 7; it starts again in 0.5 s" in demo.said(), "its end")
            wait_until(lambda: worker_of(demo) not in (0, first), "the new worker")
            assert not alive(first)

            [keeper] = children_of(demo.watcher.pid)
            for pid, command in living_below(checkout).items():
                if "/postgres -D" in command and pid in children_of(keeper):
                    os.kill(pid, signal.SIGKILL)
            wait_until(lambda: "postgres had ended and was started again" in demo.said(), "the new server")
            with psycopg.connect(running["DATABASE_URL"]) as connection:
                assert connection.execute("SELECT count(*) FROM starts").fetchone() == (1,), demo.said()
