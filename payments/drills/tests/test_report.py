"""A report says what was broken, how it healed, and what is wrong."""

from __future__ import annotations

import json

from payments.drills.figures import Figures
from payments.drills.report import Result, as_json, as_text

WELL = Result(
    name="duplicates",
    title="webhooks are delivered more than once",
    injected={"every webhook is delivered 3 times": 16, "a delay": 1},
    healed=("48 deliveries were repetitions",),
    figures=Figures(orders=4, events=24, duplicates=48, seconds_to_heal=0.3),
    problems=(),
)
ILL = Result(
    name="storms",
    title="the gateway answers 500",
    injected={"a 500": 2},
    healed=(),
    figures=Figures(orders=4),
    problems=("ord_1: is lost", "the books: broken"),
)


class TestAsText:
    def test_shows_a_scenario_that_is_well(self) -> None:
        assert as_text([WELL], run="r1", seed=7, inline=False).splitlines() == [
            "Drill r1, seed 7, beside the running workers",
            "",
            "ok      duplicates: webhooks are delivered more than once",
            "        injected  every webhook is delivered 3 times (×16)",
            "        injected  a delay",
            "        healed    48 deliveries were repetitions",
            "        figures   4 orders, 24 events, 48 repeated deliveries, 0.3 seconds to heal",
            "",
            "1 scenarios, 4 orders: nothing lost, nothing doubled, nothing unexplained.",
        ]

    def test_ends_with_what_failed(self) -> None:
        lines = as_text([WELL, ILL], run="r1", seed=7, inline=True).splitlines()
        assert lines[0] == "Drill r1, seed 7, worked inline"
        assert lines[-1] == "FAILED: storms."
        assert "FAILED  storms: the gateway answers 500" in lines
        assert "        PROBLEM   ord_1: is lost" in lines

    def test_says_the_number_of_orders_even_if_there_was_none(self) -> None:
        none = Result("a", "b", {}, (), Figures(), ("nothing was broken",))
        assert "        figures   0 orders" in as_text([none], run="r", seed=1, inline=True).splitlines()


class TestAsJson:
    def test_holds_all_of_it(self) -> None:
        told = json.loads(as_json([WELL, ILL], run="r1", seed=7, inline=True))
        assert (told["run"], told["seed"], told["inline"], told["ok"]) == ("r1", 7, True, False)
        well, ill = told["scenarios"]
        assert (well["ok"], well["injected"], well["figures"]["duplicates"]) == (True, dict(WELL.injected), 48)
        assert (ill["ok"], ill["problems"]) == (False, ["ord_1: is lost", "the books: broken"])

    def test_is_ok_where_every_scenario_is(self) -> None:
        assert json.loads(as_json([WELL], run="r", seed=1, inline=True))["ok"] is True
