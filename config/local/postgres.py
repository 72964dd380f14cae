"""Runs a private PostgreSQL: a socket in a folder of its own, no network, one data folder per major version."""

import os
import shutil
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from config.local.children import Child, spawn
from config.local.folders import own_folder, reachable, socket_folder
from config.local.postgres_binaries import find_binaries, reachable_binaries
from config.local.problem import Problem
from config.local.unprivileged import account_for_postgres, run_as

PORT = 5432
"""Only a part of the socket's file name: there is no network port."""
OWNER, APPLICATION, DATABASE = "holdfast_owner", "holdfast_app", "holdfast"
START_S = 30.0
LARGEST_LOG_BYTES = 10_000_000
PREDECESSOR_SIGNS = ("shared memory block", "lock file")
"""What PostgreSQL complains of while processes of a killed predecessor are still ending."""


class PostgresFailed(Problem):
    """PostgreSQL could not be started; the text carries the end of its log."""


class Postgres:
    """One server: its folders, its process and its address."""

    def __init__(
        self, *, folder: Path, durable: bool, environ: Mapping[str, str], keep_open: tuple[int, ...] = ()
    ) -> None:
        self.account = account_for_postgres()
        self.binaries = reachable_binaries(binaries=find_binaries(environ=environ), account=self.account)
        self.durable = durable
        self.home = reachable(folder=folder, account=self.account)
        self.data = self.home / f"postgres-{self.binaries.major}"
        self.log = self.home / "postgres.log"
        self.sockets = socket_folder(home=self.home, account=self.account)
        self.child: Child | None = None
        self._keep_open = keep_open
        # PGPORT, PGDATA and their like would move our server, and it has no business with the caller's secrets.
        kept = {name: environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in environ}
        self._environ = kept | {"LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/"}

    def url(self, *, role: str, database: str = DATABASE) -> str:
        """Its address for libpq, psycopg and django-environ alike.

        The socket goes into the query: django-environ neither decodes a host nor keeps its case.
        """
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets))}&port={PORT}"

    def start(self) -> None:
        """Make the cluster if there is none, start the server, make roles and database. Raises PostgresFailed."""
        own_folder(path=self.sockets, account=self.account)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG_BYTES:
            self.log.unlink()
        self._make_cluster()
        deadline = time.monotonic() + START_S
        while not self._started(deadline=deadline):
            time.sleep(0.2)  # processes of a killed predecessor are still letting go of the data
        self._make_roles()

    def running(self) -> bool:
        """Whether the server that we started still runs."""
        return self.child is not None and self.child.ended() is None

    def stop(self) -> None:
        """Disconnect everybody and shut down; what takes too long to write is recovered at the next start."""
        if self.child is not None:
            self.child.stop(signals=(signal.SIGINT, signal.SIGQUIT), patience_s=2.5)
        if not self.sockets.is_relative_to(self.home):
            with suppress(OSError):  # gone already, or not empty because another server took it over
                self.sockets.rmdir()

    def _make_cluster(self) -> None:
        for unfinished in self.home.glob("initdb-*"):
            shutil.rmtree(unfinished)
        if self.data.exists():
            own_folder(path=self.data, account=self.account)
            return
        # initdb writes PG_VERSION early, so what an interrupted one left looks whole: made aside, then renamed.
        fresh = own_folder(path=self.home / f"initdb-{os.getpid()}", account=self.account)
        # Everybody who can enter the socket's folder, which is private, is trusted.
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        if not self.durable:
            options.append("--no-sync")
        command = [str(self.binaries.folder / "initdb"), f"--pgdata={fresh}", *options]
        done = run_as(command=command, account=self.account, environ=self._environ)
        if done.returncode != 0:
            raise PostgresFailed(f"initdb ({self.binaries.folder}) failed:\n{done.stdout}{done.stderr}")
        fresh.rename(self.data)

    def _started(self, *, deadline: float) -> bool:
        """Start once and wait for the first connection; False if a predecessor is in the way and there is time."""
        self._forget_foreign_pid()
        with self.log.open("ab") as log:
            begin = log.tell()
            self.child = spawn(
                name="postgres",
                command=self._command(),
                environ=self._environ,
                cwd=Path("/"),
                output=log,
                death_signal=signal.SIGINT if self.durable else signal.SIGQUIT,
                account=self.account,
                keep_open=self._keep_open,
            )
        while self.running():
            if self._answers():
                return True
            if time.monotonic() > deadline:
                self.stop()
                break
            time.sleep(0.02)
        said = self.log.read_bytes()[begin:].decode(errors="replace")
        if time.monotonic() < deadline and any(sign in said for sign in PREDECESSOR_SIGNS):
            return False
        raise PostgresFailed(f"{self.binaries.folder}/postgres does not start; {self.log} ends with:\n{said[-2000:]}")

    def _command(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "port": str(PORT),
            "max_connections": "200",
            "shared_buffers": "128MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            settings["dynamic_shared_memory_type"] = "mmap"  # in the data folder, so that it goes with it
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        return [str(self.binaries.folder / "postgres"), "-D", str(self.data), *options]

    def _forget_foreign_pid(self) -> None:
        """Remove pid files whose number belongs to somebody else now: PostgreSQL would refuse to start."""
        for path in (self.data / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock"):
            try:
                pid = int(path.read_text().split("\n")[0])
            except (FileNotFoundError, ValueError):
                continue
            if not self._is_our_postmaster(pid):
                path.unlink()

    def _is_our_postmaster(self, pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == self.data.resolve()
        except OSError:
            return False  # nobody has that number, or it is somebody else's process

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(role="postgres", database="postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _make_roles(self) -> None:
        with psycopg.connect(self.url(role="postgres", database="postgres"), autocommit=True) as connection:
            roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            # CREATEDB, so that the owner can make the databases of the tests.
            for role, option in ((OWNER, "CREATEDB"), (APPLICATION, "NOCREATEDB")):
                if role not in roles:
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN {}").format(sql.Identifier(role), sql.SQL(option)))
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                names = sql.Identifier(DATABASE), sql.Identifier(OWNER)
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
