"""A proposal is decided once."""

from __future__ import annotations

from config.proposals.states import PROPOSAL_STATES, ProposalStatus


def test_is_confirmed_or_declined_and_then_over() -> None:
    allowed = {(origin, target) for origin, target, may in PROPOSAL_STATES.pairs() if may}
    assert allowed == {("proposed", "confirmed"), ("proposed", "declined")}
    assert PROPOSAL_STATES.initial == "proposed"
    assert set(PROPOSAL_STATES.states) == set(ProposalStatus.values)
    assert PROPOSAL_STATES.final == {"confirmed", "declined"}
