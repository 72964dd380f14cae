"""The report: each figure with its promise, and a verdict that counts."""

from __future__ import annotations

import re

from payments.bench.figures import Figure
from payments.bench.report import Chapter, head, line, section, verdict

KEPT = Figure(name="requests/s, ratio", value=0.812, digits=2, at_least=0.7, note="of 0.80 0.81 0.83")
MISSED = Figure(name="memory", value=251, unit="MB", at_most=250)
TOLD = Figure(name="requests/s", value=2345.6)


class TestLine:
    def test_says_kept_with_the_promise_and_the_note(self) -> None:
        assert line(KEPT).split() == [
            "kept",
            "requests/s,",
            "ratio",
            "0.81",
            "at",
            "least",
            "0.70",
            "of",
            "0.80",
            "0.81",
            "0.83",
        ]

    def test_says_missed(self) -> None:
        assert re.sub(" +", " ", line(MISSED)) == " MISSED memory 251 MB at most 250"

    def test_marks_what_was_not_promised(self) -> None:
        assert re.sub(" +", " ", line(TOLD)) == " · requests/s 2,346"


class TestSection:
    def test_holds_figures_conditions_and_who_else_was_busy(self) -> None:
        chapter = Chapter(title="A chapter", figures=[KEPT], conditions=["A condition."], others_cores=0.25, took_s=9.6)
        title, figure, condition, end = section(chapter).strip().splitlines()
        assert (title, figure, condition.strip()) == ("A chapter", line(KEPT), "A condition.")
        assert end.strip() == "10 s; other programs kept 0.2 cores busy meanwhile"


class TestHead:
    def test_lists_the_conditions(self) -> None:
        assert head(["one", "two"]).splitlines() == ["Holdfast, measured", "", "  one", "  two"]


class TestVerdict:
    def test_counts_the_promises(self) -> None:
        assert verdict([Chapter(title="a", figures=[KEPT, TOLD])]) == "All 1 promises are kept."

    def test_names_what_is_missed(self) -> None:
        chapters = [Chapter(title="a", figures=[KEPT]), Chapter(title="b", figures=[MISSED, TOLD])]
        assert verdict(chapters) == "1 of 2 promises are missed: memory."

    def test_doubts_itself_where_others_were_busy(self) -> None:
        assert "measure again" in verdict([Chapter(title="b", figures=[MISSED], others_cores=0.5)])
