"""Who may confirm what somebody proposed, on plain values."""

from __future__ import annotations

from config.kernel.verdict import Verdict


def may_confirm(*, actor: str, proposed_by: str, payee: str = "") -> Verdict:
    """Two people: who proposed it does not confirm it, and nobody confirms what is about their own money."""
    if actor == proposed_by:
        return Verdict.no("four_eyes", "who proposed it cannot confirm it")
    if actor == payee:
        return Verdict.no("four_eyes", "nobody confirms what is about their own money")
    return Verdict.yes()
