"""The words for what became of a call are those of the journal."""

from __future__ import annotations

from config.calls.outcomes import Outcome
from config.calls.states import CallStatus


class TestOutcome:
    def test_every_outcome_is_a_status_of_a_call_and_the_rest_are_ours_alone(self) -> None:
        assert {each.value for each in Outcome} == set(CallStatus.values) - {"sent", "reversed"}
