"""The scenarios, by name, in the order in which `all` plays them."""

from __future__ import annotations

from payments.drills.scenarios import (
    clock_skew,
    crossing,
    dropped_webhooks,
    duplicates,
    killed_worker,
    lost_answers,
    reordered_day,
    slow_gateway,
    storms,
)
from payments.drills.scenarios.scenario import Scenario

__all__ = ["SCENARIOS", "Scenario"]

SCENARIOS: dict[str, Scenario] = {
    "storms": storms.SCENARIO,
    "duplicates": duplicates.SCENARIO,
    "reordered_day": reordered_day.SCENARIO,
    "dropped_webhooks": dropped_webhooks.SCENARIO,
    "clock_skew": clock_skew.SCENARIO,
    "crossing": crossing.SCENARIO,
    "killed_worker": killed_worker.SCENARIO,
    "lost_answers": lost_answers.SCENARIO,
    "slow_gateway": slow_gateway.SCENARIO,
}
