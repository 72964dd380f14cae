"""What a drill found, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from payments.drills.figures import Figures

LABELS = {
    "orders": "orders",
    "events": "events",
    "duplicates": "repeated deliveries",
    "fetched": "fetched events",
    "rejected": "refused deliveries",
    "calls": "calls to the gateway",
    "calls_asked": "calls asked about",
    "requests_repeated": "requests repeated by clients",
    "refunds": "refunds",
    "seconds_to_heal": "seconds to heal",
}


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario's end."""

    name: str
    title: str
    injected: dict[str, int]
    healed: tuple[str, ...]
    figures: Figures
    problems: tuple[str, ...]

    @property
    def is_well(self) -> bool:
        return not self.problems


def as_text(results: Sequence[Result], *, run: str, seed: int, inline: bool) -> str:
    """The report for people."""
    lines = [f"Drill {run}, seed {seed}, {'worked inline' if inline else 'beside the running workers'}", ""]
    for result in results:
        lines += [*_one(result), ""]
    broken = [result.name for result in results if not result.is_well]
    orders = sum(result.figures.orders for result in results)
    if broken:
        lines.append(f"FAILED: {', '.join(broken)}.")
    else:
        lines.append(f"{len(results)} scenarios, {orders} orders: nothing lost, nothing doubled, nothing unexplained.")
    return "\n".join(lines)


def _one(result: Result) -> Iterator[str]:
    yield f"{'ok    ' if result.is_well else 'FAILED'}  {result.name}: {result.title}"
    for told, times in result.injected.items():
        yield f"        injected  {told}{f' (×{times})' if times > 1 else ''}"
    for line in result.healed:
        yield f"        healed    {line}"
    figures = asdict(result.figures)
    yield "        figures   " + ", ".join(
        f"{figures[name]:g} {label}" for name, label in LABELS.items() if figures[name] or name == "orders"
    )
    for line in result.problems:
        yield f"        PROBLEM   {line}"


def as_json(results: Sequence[Result], *, run: str, seed: int, inline: bool) -> str:
    """The report for machines."""
    return json.dumps(
        {
            "run": run,
            "seed": seed,
            "inline": inline,
            "ok": all(result.is_well for result in results),
            "scenarios": [{**asdict(result), "ok": result.is_well} for result in results],
        },
        indent=2,
    )
