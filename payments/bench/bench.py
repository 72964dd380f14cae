"""What every chapter is given: the private world, and how much of everything a run takes."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from typing import Any

from psycopg import sql

from payments.bench.host import HOST, Host
from payments.bench.load import Order, Outcome

CONNECTIONS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How long and how often. The figures of a short run are rougher, its promises the same."""

    rounds: int = 5
    round_s: float = 5.0
    orders: int = 600
    order_runs: int = 3
    jobs: int = 10_000
    job_runs: int = 3
    history: int = 1_000_000
    dead: int = 100_000
    claims: int = 200
    checkout_s: float = 10.0


FULL = Sizes()
QUICK = Sizes(
    rounds=3, round_s=2.0, orders=300, order_runs=1, jobs=4_000, job_runs=1, history=100_000, dead=10_000, claims=60,
    checkout_s=4.0,
)  # fmt: skip


class Bench:
    """The host and the sizes, with what several chapters do."""

    def __init__(self, host: Host, sizes: Sizes) -> None:
        self.host = host
        self.sizes = sizes
        self._first = 0

    def empty_queues(self) -> None:
        """Away with the events and jobs of the chapter before, and with the dead rows that it left."""
        with self.host.superuser() as connection:
            for table in ("config_webhookevent", "config_outboxjob"):
                connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(table)))

    def calm(self) -> None:
        """What earlier runs left for later is done now, and not in the middle of the next run."""
        with self.host.superuser() as connection:
            connection.execute("CHECKPOINT")

    def send(self, *, kind: str, port: int, path: str, seconds: float, most_a_second: int = 6_000) -> Outcome:
        """Loads a server from a process of its own."""
        self._first += 10_000_000
        order = Order(
            kind=kind,
            host=HOST,
            port=port,
            path=path,
            secret=self.host.secret,
            connections=CONNECTIONS,
            seconds=seconds,
            first=self._first,
            most=int(seconds * most_a_second),
        )
        answer = self.host.folder / "load.json"
        command = [sys.executable, "-m", "payments.bench.load", json.dumps(asdict(order)), str(answer)]
        self.host.run("load", command, patience_s=seconds + 60)
        return Outcome(**json.loads(answer.read_text(encoding="utf-8")))

    def step(self, name: str, **arguments: Any) -> Any:
        return self.host.step(name, **arguments)
