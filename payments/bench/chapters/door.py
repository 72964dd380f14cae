"""The webhook door against a bare view that verifies the same signature and inserts one row."""

from __future__ import annotations

from dataclasses import dataclass

from payments.bench import bare
from payments.bench.bench import CONNECTIONS, Bench
from payments.bench.figures import Figure, median, ratios, spread
from payments.bench.host import StepFailed
from payments.bench.load import REQUESTS_OF_A_CONNECTION, Outcome
from payments.bench.machine import cpu_s, resident_mb
from payments.bench.report import Chapter

TITLE = "The webhook door against a bare view"
WARM_UP_S = 2.0


@dataclass(frozen=True, slots=True)
class Server:
    """Where one of the two answers."""

    name: str
    pid: int
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Run:
    """What the client saw, and the CPU that server and database spent on a request."""

    outcome: Outcome
    cpu_us: float

    @property
    def rate(self) -> float:
        return self.outcome.answers / self.outcome.seconds


def measure(bench: Bench) -> Chapter:
    """Both servers stand at once with the same gunicorn, and take turns: what slows one run slows its neighbour too."""
    _make_table(bench)
    bench.empty_queues()
    bare_child, bare_port = bench.host.serve(
        "bare", probe="/healthz", DJANGO_SETTINGS_MODULE="payments.bench.bare_settings"
    )
    door_child, door_port = bench.host.serve("door", probe="/readyz")
    servers = (
        Server("bare", bare_child.pid, bare_port, "/webhooks/bare/"),
        Server("door", door_child.pid, door_port, "/webhooks/stripe/"),
    )
    for server in servers:
        _run(bench, server, WARM_UP_S)
    runs: dict[str, list[Run]] = {server.name: [] for server in servers}
    for number in range(bench.sizes.rounds):
        for server in servers if number % 2 == 0 else reversed(servers):
            runs[server.name].append(_run(bench, server, bench.sizes.round_s))
    resident = resident_mb(door_child.pid)
    bench.host.stop_child(bare_child)
    bench.host.stop_child(door_child)
    return Chapter(title=TITLE, figures=_figures(runs["door"], runs["bare"], resident), conditions=_conditions(bench))


def _make_table(bench: Bench) -> None:
    with bench.host.owner() as connection:
        for statement in bare.SCHEMA:
            connection.execute(statement)


def _run(bench: Bench, server: Server, seconds: float) -> Run:
    bench.calm()
    roots = server.pid, bench.host.postgres_pid
    before = sum(cpu_s(root) for root in roots)
    outcome = bench.send(kind="webhook", port=server.port, path=server.path, seconds=seconds)
    if set(outcome.statuses) != {"200"}:
        raise StepFailed(f"{server.name} answered {outcome.statuses}")
    return Run(outcome, 1e6 * (sum(cpu_s(root) for root in roots) - before) / outcome.answers)


def _figures(door: list[Run], bare_view: list[Run], resident: list[float]) -> list[Figure]:
    rates, bare_rates = [run.rate for run in door], [run.rate for run in bare_view]
    tails = [run.outcome.p95_ms for run in door]
    bare_tails = [run.outcome.p95_ms for run in bare_view]
    cpu, bare_cpu = [run.cpu_us for run in door], [run.cpu_us for run in bare_view]
    by_rate, by_tail = ratios(rates, bare_rates), ratios(tails, bare_tails)
    return [
        Figure(name="requests/s, ratio", value=median(by_rate), digits=2, at_least=0.7, note=f"of {spread(by_rate)}"),
        Figure(name="95th percentile, ratio", value=median(by_tail), digits=2, at_most=2, note=f"of {spread(by_tail)}"),
        Figure(name="requests/s, door", value=median(rates), note=f"of {spread(rates, 0)}"),
        Figure(name="requests/s, bare view", value=median(bare_rates), note=f"of {spread(bare_rates, 0)}"),
        Figure(name="95th percentile, door", value=median(tails), unit="ms", digits=1),
        Figure(name="95th percentile, bare view", value=median(bare_tails), unit="ms", digits=1),
        Figure(name="CPU of server and database, door", value=median(cpu), unit="µs", note="a request"),
        Figure(name="CPU of server and database, bare view", value=median(bare_cpu), unit="µs", note="a request"),
        Figure(
            name="memory of the largest web process", value=max(resident), unit="MB", at_most=250,
            note=f"after {sum(run.outcome.answers for run in door):,} deliveries",
        ),
    ]  # fmt: skip


def _conditions(bench: Bench) -> list[str]:
    return [
        f"{bench.sizes.rounds} pairs of {bench.sizes.round_s:g}-second runs, in turns; gunicorn.conf.py without",
        f"recycling; {CONNECTIONS} connections, each opened anew after {REQUESTS_OF_A_CONNECTION} requests.",
        "The door: request id, JSON access log to a file, metrics, parsing, dedupe, encryption, coalesced nudge.",
        "The bare view: the signature, one INSERT; no middleware, no log, no parsing. Ratios: median of all pairs.",
    ]
