"""From the signed webhook to the order paid, booked, held and announced: one worker process over prepared orders."""

from __future__ import annotations

from payments.bench.bench import Bench
from payments.bench.figures import Figure, median, spread
from payments.bench.host import StepFailed
from payments.bench.report import Chapter

TITLE = "From a stored webhook to the order paid, booked, held and announced"
WARM_UP = 100


def measure(bench: Bench) -> Chapter:
    """Each run in a fresh process over fresh orders; at the end everything is counted and the books are proved."""
    bench.empty_queues()
    runs, length = [], 0
    for _ in range(bench.sizes.order_runs):
        length = bench.step("prepare_orders", count=WARM_UP + bench.sizes.orders)
        bench.calm()
        run = bench.step("work_inbox", warm_up=WARM_UP)
        if run["done"] != bench.sizes.orders:
            raise StepFailed(f"{run['done']} of {bench.sizes.orders} events had their turn")
        runs.append(run)
    _prove(bench.step("prove_orders"), count=bench.sizes.order_runs * (WARM_UP + bench.sizes.orders))
    rates = [run["done"] / run["seconds"] for run in runs]
    figures = [
        Figure(name="orders/s of one worker process", value=median(rates), at_least=100, note=f"of {spread(rates, 0)}"),
        Figure(
            name="of it, CPU of the worker", unit="ms an order", digits=1,
            value=median([1000 * run["cpu_s"] / run["done"] for run in runs]),
        ),
        Figure(
            name="memory of the worker process", value=max(run["resident_mb"] for run in runs), unit="MB", at_most=250,
            note=f"after {WARM_UP + bench.sizes.orders:,} orders",
        ),
    ]  # fmt: skip
    conditions = [
        f"{bench.sizes.order_runs} runs of {bench.sizes.orders} orders after {WARM_UP} to warm up; two sellers, a",
        f"buyer with an account, a payment that was made and pending; an encrypted event of {length:,} bytes.",
        "One commit per event, with all constraints, triggers, audit and outbox; then counted, and the books proved.",
    ]
    return Chapter(title=TITLE, figures=figures, conditions=conditions)


def _prove(found: dict[str, object], *, count: int) -> None:
    wanted = {
        "unpaid": 0,
        "paid": count,
        "entries": count,
        "holds": 2 * count,
        "announced": count,
        "moves": 2 * count,
        "broken": [],
    }
    if found != wanted:
        raise StepFailed(f"the events were worked off, but not to the end: {found} instead of {wanted}")
