"""The command line of the benchmarks: `bin/dev bench [--quick] [--only CHAPTER …]`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from config.local.guardian import guarded
from payments.bench.bench import FULL, QUICK, Bench
from payments.bench.chapters import checkout, claims, door, jobs, orders
from payments.bench.host import Host
from payments.bench.machine import description, moment, others_cores, sync_ms
from payments.bench.report import Chapter, head, section, verdict

CHAPTERS: dict[str, Callable[[Bench], Chapter]] = {
    "door": door.measure,
    "orders": orders.measure,
    "claims": claims.measure,
    "jobs": jobs.measure,
    "checkout": checkout.measure,
}
SHOWN_SETTINGS = ("server_version", "fsync", "synchronous_commit", "wal_sync_method", "shared_buffers")


def run(*, names: Sequence[str], quick: bool) -> int:
    """Measures the chapters on services of its own. Returns the exit code: 1 where a promise is missed."""
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as folder:
        host = Host(folder=Path(folder), environ=os.environ)
        try:
            host.manage("migrate", "--noinput")
            _say(head(_conditions(host, quick=quick)))
            bench = Bench(host, QUICK if quick else FULL)
            chapters = [_measured(CHAPTERS[name], bench) for name in names]
        finally:
            host.stop()
    _say(f"\n{verdict(chapters)}")
    return 1 if any(chapter.missed for chapter in chapters) else 0


def _measured(measure: Callable[[Bench], Chapter], bench: Bench) -> Chapter:
    before = moment()
    found = measure(bench)
    after = moment()
    chapter = replace(found, others_cores=others_cores(before, after), took_s=after.at_s - before.at_s)
    _say(section(chapter))
    return chapter


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _conditions(host: Host, *, quick: bool) -> list[str]:
    with host.superuser() as connection:
        shown = [f"{name} {_setting(connection, name)}" for name in SHOWN_SETTINGS]
    return [
        f"machine     {description()}",
        f"load        {' '.join(f'{load:.2f}' for load in os.getloadavg())} (1, 5, 15 minutes) when it began",
        f"PostgreSQL  {', '.join(shown)}; private, over a socket",
        f"disk        8 KiB are on it after {sync_ms(host.data):.2f} ms",
        "servers     gunicorn with 2 workers of 8 threads, DEBUG off; client, server and PostgreSQL share the cores",
        f"when        {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC{', a short run' if quick else ''}",
    ]


def _setting(connection: object, name: str) -> str:
    return str(connection.execute(f"SHOW {name}").fetchone()[0])  # type: ignore[attr-defined]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="bin/dev bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run: rougher figures, the same promises")
    parser.add_argument("--only", nargs="+", choices=list(CHAPTERS), default=list(CHAPTERS), metavar="CHAPTER")
    arguments = parser.parse_args()
    return guarded(program=lambda: run(names=arguments.only, quick=arguments.quick))


if __name__ == "__main__":
    sys.exit(main())
