"""Checkouts over HTTP, and the memory of all processes after a bit of everything."""

from __future__ import annotations

import shlex
import sys
import time

from config.local.procfile import read_procfile
from payments.bench.bench import CONNECTIONS, Bench
from payments.bench.figures import Figure
from payments.bench.host import CHECKOUT, HOST, StepFailed, free_port
from payments.bench.machine import resident_mb
from payments.bench.report import Chapter
from payments.sandbox.serve import gunicorn_command, sandbox_environment

TITLE = "Checkouts, and memory after a bit of everything"
DELIVERIES_S = 3.0
PATIENCE_S = 120.0


def measure(bench: Bench) -> Chapter:
    """A sandbox, a web server and the Procfile's worker: checkouts, deliveries and their events, then a look at RSS."""
    bench.empty_queues()
    bench.step("prepare_orders", count=bench.sizes.orders)
    port = free_port()
    environ = sandbox_environment(environ={**bench.host.environ, "SANDBOX_STRIPE_WEBHOOK_URL": "none"})
    state = str(bench.host.folder / "sandbox.sqlite3")
    sandbox = bench.host.start(
        "sandbox", gunicorn_command(bind=f"{HOST}:{port}"), **{**environ, "SANDBOX_STATE": state}
    )
    base = f"http://{HOST}:{port}/stripe"
    web, web_port = bench.host.serve("web", probe="/readyz", BENCH_STRIPE_API_BASE=base)
    bench.send(kind="checkout", port=web_port, path="/api/v1/checkout/", seconds=1.0)
    outcome = bench.send(
        kind="checkout", port=web_port, path="/api/v1/checkout/", seconds=bench.sizes.checkout_s, most_a_second=1_000
    )
    if set(outcome.statuses) != {"201"}:
        raise StepFailed(f"checkouts were answered {outcome.statuses}")
    worker = bench.host.start("worker", _worker_command(), BENCH_STRIPE_API_BASE=base)
    bench.send(kind="webhook", port=web_port, path="/webhooks/stripe/", seconds=DELIVERIES_S)
    _wait_until_worked_off(bench)
    web_mb, worker_mb = resident_mb(web.pid), resident_mb(worker.pid)
    for child in (worker, web, sandbox):
        bench.host.stop_child(child)
    figures = [
        Figure(name="checkouts/s", value=outcome.answers / outcome.seconds, note=f"of {CONNECTIONS} connections"),
        Figure(name="95th percentile of a checkout", value=outcome.p95_ms, unit="ms"),
        Figure(name="memory of the largest web process", value=web_mb[0], unit="MB", at_most=250, note=_all(web_mb)),
        Figure(
            name="memory of the largest worker process",
            value=worker_mb[0],
            unit="MB",
            at_most=250,
            note=_all(worker_mb),
        ),
    ]
    conditions = [
        "A checkout prices, reserves, writes order, payment and call, and makes the payment at the sandbox over HTTP,",
        f"which shares the machine. Memory: after that, {DELIVERIES_S:g} s of deliveries, and {bench.sizes.orders}",
        "orders worked off by the worker of the Procfile.",
    ]
    return Chapter(title=TITLE, figures=figures, conditions=conditions)


def _worker_command() -> list[str]:
    program, *arguments = shlex.split(read_procfile(path=CHECKOUT / "Procfile")["worker"])
    return [sys.executable, "-m", program, *arguments]


def _wait_until_worked_off(bench: Bench) -> None:
    deadline = time.monotonic() + PATIENCE_S
    with bench.host.superuser() as connection:
        while True:
            row = connection.execute("SELECT count(*) FROM config_webhookevent WHERE state = 'due'").fetchone()
            if row is not None and row[0] == 0:
                return
            if time.monotonic() > deadline:
                raise StepFailed(f"the worker left events due: {row}")
            time.sleep(0.5)


def _all(sizes: list[float]) -> str:
    return "of " + " ".join(f"{size:.0f}" for size in sizes)
