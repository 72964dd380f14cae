"""Outbox jobs that do nothing: what claiming, running and stamping cost by themselves."""

from __future__ import annotations

from payments.bench.bench import Bench
from payments.bench.figures import Figure, median, spread
from payments.bench.host import StepFailed
from payments.bench.report import Chapter

TITLE = "Outbox jobs that do nothing"


def measure(bench: Bench) -> Chapter:
    bench.empty_queues()
    runs = []
    for number in range(bench.sizes.job_runs):
        bench.calm()
        run = bench.step("work_jobs", count=bench.sizes.jobs, run=number)
        if run["done"] != bench.sizes.jobs:
            raise StepFailed(f"{run['done']} of {bench.sizes.jobs} jobs had their turn")
        runs.append(run)
    rates = [run["done"] / run["seconds"] for run in runs]
    figure = Figure(
        name="jobs/s of one worker process", value=median(rates), at_least=1_000, note=f"of {spread(rates, 0)}"
    )
    conditions = [
        f"{bench.sizes.job_runs} runs of {bench.sizes.jobs:,} jobs; claim, call, metrics and stamp in batches."
    ]
    return Chapter(title=TITLE, figures=[figure], conditions=conditions)
