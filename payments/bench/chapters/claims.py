"""Claiming with a long history behind it, against claiming with none."""

from __future__ import annotations

from statistics import mean

from payments.bench.bench import Bench
from payments.bench.figures import Figure
from payments.bench.report import Chapter

TITLE = "Claiming events, with history behind them and with none"
TABLE = "config_webhookevent"
_LEFT = """
SELECT n_live_tup, n_dead_tup FROM pg_stat_user_tables, pg_stat_force_next_flush() WHERE relname = %s
"""


def measure(bench: Bench) -> Chapter:
    """Without history, with it, and without again; the dead tuples stay, because vacuum is kept away."""
    with bench.host.owner() as connection:
        connection.execute(f"ALTER TABLE {TABLE} SET (autovacuum_enabled = false)")
        try:
            bench.empty_queues()
            before = _claims(bench)
            bench.empty_queues()
            bench.step("prepare_history", processed=bench.sizes.history, dead=bench.sizes.dead)
            connection.execute(f"ANALYZE {TABLE}")
            left = connection.execute(_LEFT, [TABLE]).fetchone() or (0, 0)
            behind = _claims(bench)
            bench.empty_queues()
            after = _claims(bench)
        finally:
            connection.execute(f"ALTER TABLE {TABLE} RESET (autovacuum_enabled)")
            bench.empty_queues()
    none_ms = mean([before["median"], after["median"]])
    figures = [
        Figure(name="a claim's median, ratio", value=behind["median"] / none_ms, digits=2, at_most=1.3),
        Figure(name="a claim with history", value=behind["median"], unit="ms", digits=2, note=_note(behind)),
        Figure(name="a claim with none, before", value=before["median"], unit="ms", digits=2, note=_note(before)),
        Figure(name="a claim with none, after", value=after["median"], unit="ms", digits=2, note=_note(after)),
    ]
    conditions = [
        f"Drains of {bench.sizes.claims} batches of 20 rows whose work is nothing; autovacuum off.",
        f"History: {left[0]:,} rows and {left[1]:,} dead tuples, whose places in the index come before those due.",
        "The first claim meets all of those and marks them; so does, much faster, one claim in each later second.",
    ]
    return Chapter(title=TITLE, figures=figures, conditions=conditions)


def _claims(bench: Bench) -> dict[str, float]:
    bench.calm()
    found: dict[str, float] = bench.step("time_claims", batches=bench.sizes.claims)
    return found


def _note(found: dict[str, float]) -> str:
    return f"the first {found['first']:.1f}, the 95th percentile {found['p95']:.2f}"
