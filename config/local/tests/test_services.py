"""What the environment names is used; what it does not is started, and goes with whoever started it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from config.local.folders import InUse
from config.local.services import start_services
from config.local.tests.conftest import PATIENCE_S, living_below, plain_environ, process, wait_until

GIVEN = {"DATABASE_URL": "postgresql://me@db.example.test/shop", "REDIS_URL": "redis://cache.example.test/0"}
TEST_RUN = """
import sys
from config.local.services import services_for_tests
services = services_for_tests()
print(services.lock.folder, services.environ()["DATABASE_URL"], services.environ()["REDIS_URL"], flush=True)
sys.stdin.read()
"""


@contextmanager
def test_run() -> Iterator[tuple[subprocess.Popen[str], Path, str, str]]:
    with process(sys.executable, "-c", TEST_RUN, stdin=subprocess.PIPE, env=plain_environ()) as started:
        assert started.stdout is not None
        folder, database, broker = started.stdout.readline().split()
        yield started, Path(folder), database, broker


test_run.__test__ = False  # type: ignore[attr-defined]


class TestStartServices:
    def test_starts_what_is_not_given_and_stops_it(self, place: Path) -> None:
        services = start_services(folder=place / "local", durable=False, environ=plain_environ())
        found = services.environ()
        assert set(found) == {"DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL"}
        for name, role in (("DATABASE_URL", "holdfast_app"), ("MIGRATION_DATABASE_URL", "holdfast_owner")):
            with psycopg.connect(found[name]) as connection:
                assert connection.execute("SELECT current_user").fetchone() == (role,)
        with redis.Redis.from_url(found["REDIS_URL"]) as broker:
            assert broker.ping()
        with pytest.raises(InUse):
            start_services(folder=place / "local", durable=False, environ=plain_environ())
        services.stop()
        services.stop()
        assert living_below(place) == {}

    @pytest.mark.parametrize("suffix", ["", "_FILE"])
    def test_uses_what_is_given_as_it_is(self, place: Path, suffix: str) -> None:
        given = {f"{name}{suffix}": value for name, value in GIVEN.items()}
        services = start_services(folder=place / "local", durable=True, environ={**plain_environ(), **given})
        assert services.environ() == {}
        assert living_below(place) == {}
        services.stop()

    def test_starts_the_one_that_is_missing(self, place: Path) -> None:
        environ = {**plain_environ(), "DATABASE_URL": GIVEN["DATABASE_URL"]}
        services = start_services(folder=place / "local", durable=False, environ=environ)
        assert set(services.environ()) == {"REDIS_URL"}
        services.stop()

    def test_leaves_nothing_running_when_it_fails(self, place: Path) -> None:
        with pytest.raises(Exception, match="PG_BIN"):
            start_services(folder=place / "local", durable=False, environ=plain_environ(PG_BIN=str(place)))
        assert living_below(place) == {}
        start_services(folder=place / "local", durable=False, environ={**plain_environ(), **GIVEN}).stop()


class TestRevive:
    def test_starts_again_at_the_same_addresses_what_was_killed(self, place: Path) -> None:
        services = start_services(folder=place / "local", durable=False, environ=plain_environ())
        found = services.environ()
        assert services.revive() == []
        for service in (services.postgres, services.valkey):
            assert service is not None
            assert service.child is not None
            os.kill(service.child.pid, signal.SIGKILL)
            wait_until(lambda gone=service: not gone.running(), "the end of it")
        assert services.revive() == ["postgres", "valkey"]
        assert services.environ() == found
        psycopg.connect(found["DATABASE_URL"]).close()
        services.stop()


class TestServicesForTests:
    def test_two_runs_never_meet_and_clean_up_after_themselves(self) -> None:
        with test_run() as (first, one, *first_urls), test_run() as (second, two, *second_urls):
            assert one != two
            assert set(first_urls).isdisjoint(second_urls)
            for one_run in (first, second):
                assert one_run.stdin is not None
                one_run.stdin.close()
                assert one_run.wait(PATIENCE_S) == 0
        assert not one.exists()
        assert not two.exists()

    def test_a_killed_run_leaves_no_process_and_its_folder_goes_at_the_next_start(self) -> None:
        with test_run() as (live, kept, database, _), test_run() as (killed, left, *_):
            killed.kill()
            wait_until(lambda: not living_below(left), "the end of its services")
            assert left.exists()
            with test_run() as (third, *_):
                assert not left.exists()
                assert kept.exists()
                psycopg.connect(database).close()
                third.kill()
            live.kill()
        wait_until(lambda: not living_below(kept), "the end of its services")
