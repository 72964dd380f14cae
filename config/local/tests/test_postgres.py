"""A private PostgreSQL that loses nothing and harms nobody, over every PostgreSQL of this machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import environ
import psycopg
import pytest

from config.local.folders import STAND_INS
from config.local.postgres import APPLICATION, DATABASE, OWNER, Postgres, PostgresFailed
from config.local.postgres_binaries import Binaries, all_binaries, reachable_binaries
from config.local.tests.conftest import a_place, alive, living_below, plain_environ, process, wait_until
from config.local.unprivileged import Account

BINARIES = list(all_binaries())


EACH = pytest.mark.parametrize("binaries", BINARIES, ids=lambda binaries: f"PostgreSQL {binaries.version}")


def server_in(place: Path, binaries: Binaries, *, durable: bool = False) -> Postgres:
    # What a developer may have set for clients of other servers.
    misleading = {"PGPORT": "6543", "PGDATA": "/nowhere", "PGHOST": "db.example.test", "LC_ALL": "xx_XX"}
    given = plain_environ(PG_BIN=str(binaries.folder), **misleading)
    return Postgres(folder=place / "home of it", durable=durable, environ=given)


@pytest.fixture
def postgres(place: Path, binaries: Binaries) -> Iterator[Postgres]:
    """A server for tests that stop, kill or break it."""
    server = server_in(place, binaries)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module", params=BINARIES, ids=lambda binaries: f"PostgreSQL {binaries.version}")
def standing(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """A server for tests that only look at it."""
    with a_place() as place:
        server = server_in(place, request.param)
        server.start()
        yield server
        server.stop()


def run(postgres: Postgres, *statements: str, role: str = OWNER, database: str = DATABASE) -> list[tuple[object, ...]]:
    with psycopg.connect(postgres.url(role=role, database=database), autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_there_is_a_postgres_to_test_with() -> None:
    assert BINARIES


@EACH
class TestStart:
    def test_keeps_every_row_when_the_server_is_killed(self, place: Path, binaries: Binaries) -> None:
        server = server_in(place, binaries, durable=True)
        server.start()
        run(server, "CREATE TABLE kept (n int)", "INSERT INTO kept SELECT generate_series(1, 1000)")
        assert server.child is not None
        with psycopg.connect(server.url(role=OWNER)):  # a backend that the new server must wait for
            os.kill(server.child.pid, signal.SIGKILL)
            wait_until(lambda: not server.running(), "the end of the server")
            server.start()
        assert run(server, "SELECT count(*) FROM kept") == [(1000,)]
        assert run(server, "SHOW fsync") == [("on",)]
        server.stop()

    def test_never_harms_a_stranger_that_got_the_number_of_a_dead_server(self, place: Path, binaries: Binaries) -> None:
        server = server_in(place, binaries, durable=True)
        server.start()
        run(server, "CREATE TABLE kept (n int)")
        with process("/bin/sleep", "600") as stranger:
            assert server.child is not None
            os.kill(server.child.pid, signal.SIGKILL)
            wait_until(lambda: not server.running() and not living_below(place), "the end of it and its backends")
            for path in (server.data / "postmaster.pid", server.sockets / ".s.PGSQL.5432.lock"):
                _, *rest = path.read_text().split("\n")
                path.write_text("\n".join([str(stranger.pid), *rest]))
            server.start()
            assert run(server, "SELECT count(*) FROM kept") == [(0,)]
            assert alive(stranger.pid)
            server.stop()
            assert alive(stranger.pid)

    def test_begins_anew_what_an_interrupted_first_start_left(self, place: Path, binaries: Binaries) -> None:
        server = server_in(place, binaries)
        (server.home / "initdb-1").mkdir()
        (server.home / "initdb-1" / "PG_VERSION").write_text(f"{binaries.major}\n")
        server.start()
        assert run(server, "SELECT 1") == [(1,)]
        assert not (server.home / "initdb-1").exists()
        server.stop()

    def test_shows_the_end_of_the_log_when_it_cannot_start(self, postgres: Postgres) -> None:
        postgres.stop()
        with (postgres.data / "postgresql.conf").open("a") as configuration:
            configuration.write("no_such_setting = 1\n")
        with pytest.raises(PostgresFailed, match="no_such_setting"):
            postgres.start()
        assert not postgres.running()


class TestWhatItIs:
    def test_is_private_and_has_no_network(self, standing: Postgres) -> None:
        assert run(standing, "SHOW listen_addresses") == [("",)]
        for folder in (standing.data, standing.sockets):
            assert folder.stat().st_mode & 0o777 == 0o700
        assert run(standing, "SHOW timezone") == [("UTC",)]
        assert (
            run(standing, "SELECT datcollate, pg_encoding_to_char(encoding) FROM pg_database")
            == [("C.UTF-8", "UTF8")] * 4
        )
        assert int(str(run(standing, "SHOW max_connections")[0][0])) >= 100


class TestRoles:
    def test_the_owner_owns_the_database_and_may_make_others(self, standing: Postgres) -> None:
        owner = (
            "SELECT rolname FROM pg_roles r JOIN pg_database d ON r.oid = d.datdba WHERE datname = current_database()"
        )
        assert run(standing, owner) == [(OWNER,)]
        run(standing, "CREATE DATABASE one_of_a_test")
        assert run(standing, owner, database="one_of_a_test") == [(OWNER,)]

    @pytest.mark.parametrize("statement", ["CREATE TABLE mine (n int)", "CREATE DATABASE mine", "CREATE ROLE mine"])
    def test_the_application_makes_and_owns_nothing(self, standing: Postgres, statement: str) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run(standing, statement, role=APPLICATION)
        owned = "SELECT count(*) FROM pg_class WHERE relowner = 'holdfast_app'::regrole"
        assert run(standing, owned, role=APPLICATION) == [(0,)]


class TestUrl:
    def test_means_the_same_to_libpq_and_to_django(self, standing: Postgres) -> None:
        url = standing.url(role=APPLICATION)
        parsed = environ.Env.db_url_config(url)
        assert parsed["OPTIONS"] == {"host": str(standing.sockets), "port": 5432}
        assert (parsed["USER"], parsed["NAME"], parsed["HOST"]) == (APPLICATION, DATABASE, "")
        for database in (
            psycopg.connect(url),
            psycopg.connect(user=parsed["USER"], dbname=DATABASE, **parsed["OPTIONS"]),
        ):
            with database:
                assert database.execute("SELECT current_user, current_database()").fetchone() == (APPLICATION, DATABASE)

    def test_is_short_enough_for_a_socket_wherever_the_checkout_lies(self, place: Path) -> None:
        deep = place / ("a long name, " * 8) / ("and another one " * 6)
        deep.mkdir(parents=True)
        server = Postgres(folder=deep / "home", durable=False, environ=plain_environ())
        server.start()
        assert run(server, "SELECT 1") == [(1,)]
        server.stop()
        assert not server.sockets.exists()


class TestPrivateHome:
    def test_works_where_the_account_may_not_look_and_begins_anew_when_the_folder_was_removed(
        self, place: Path
    ) -> None:
        hidden = place / "hidden"
        hidden.mkdir(mode=0o700)
        server = Postgres(folder=hidden / ".local", durable=False, environ=plain_environ())
        assert (server.home == hidden / ".local") is (os.geteuid() != 0)
        assert server.home.is_relative_to(STAND_INS if os.geteuid() == 0 else hidden)
        server.start()
        run(server, "CREATE TABLE kept (n int)")
        server.stop()

        again = Postgres(folder=hidden / ".local", durable=False, environ=plain_environ())
        again.start()
        assert run(again, "SELECT count(*) FROM kept") == [(0,)]
        again.stop()

        remove_tree(hidden / ".local")
        anew = Postgres(folder=hidden / ".local", durable=False, environ=plain_environ())
        anew.start()
        assert run(anew, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
        anew.stop()
        remove_tree(anew.home)


ORDINARY_USER = """
import os, subprocess, sys
from pathlib import Path
import psycopg
from config.local.postgres import Postgres
assert os.geteuid() != 0
server = Postgres(folder=Path(sys.argv[1]), durable=False, environ=dict(os.environ))
assert server.account is None
server.start()
assert psycopg.connect(server.url(role="holdfast_owner")).execute("SELECT 1").fetchone() == (1,)
os.kill(server.child.pid, 9)
while server.running():
    pass
server.start()
assert psycopg.connect(server.url(role="holdfast_app")).execute("SELECT 2").fetchone() == (2,)
print("both times", flush=True)
sys.stdin.read()
"""


@EACH
class TestAsAnOrdinaryUser:
    def test_runs_and_restarts_and_dies_with_its_parent(self, place: Path, binaries: Binaries) -> None:
        nobody = Account(name="nobody", uid=65534, gid=65534)
        copy = reachable_binaries(binaries=binaries, account=nobody) if os.geteuid() == 0 else binaries
        home = place / "home"
        home.mkdir()
        command = as_somebody_else(home, [sys.executable, "-c", ORDINARY_USER, str(home)], nobody)
        with process(*command, stdin=subprocess.PIPE, env=plain_environ(PG_BIN=str(copy.folder))) as user:
            assert user.stdout is not None
            assert user.stdout.readline() == "both times\n"
            os.kill(user.pid, signal.SIGKILL)
            wait_until(lambda: not living_below(place), "the end of the user's server")


def as_somebody_else(home: Path, command: list[str], account: Account) -> list[str]:
    """The command as an ordinary user runs it: `account` if we are root and it can run our interpreter."""
    if os.geteuid() != 0:
        return command
    dropped = ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups", "--", *command]
    probe = [*dropped[:-2], "import sys, subprocess, psycopg; subprocess.run([sys.executable, '-c', ''], check=True)"]
    if subprocess.run(probe, env=plain_environ(), cwd="/", capture_output=True, check=False).returncode == 0:
        os.chown(home, account.uid, account.gid)
        return dropped
    # The interpreter lies in root's home. In a user namespace we may still read it, and are no root to PostgreSQL.
    return ["unshare", "--user", f"--map-user={account.uid}", f"--map-group={account.gid}", "--", *command]


def remove_tree(folder: Path) -> None:
    subprocess.run(["rm", "-rf", "--", str(folder)], check=True)
