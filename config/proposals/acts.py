"""The two acts of who decides what somebody proposed: confirm it, with what that books shown before, or decline it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from config.admin.acts import Act, Asked, Effect, rehearsing, state_of
from config.admin.panel import Tone
from config.proposals.models import Proposal


@dataclass(frozen=True, slots=True)
class Deciding:
    """How one kind is decided upon, on the page of the row that it is about.

    `find(row)` is what waits there, `says(it)` what confirming it means. `confirm` and `decline` are the kind's verbs,
    `booked` and `left` what each of them leads to; who may is a permission each.
    """

    find: Callable[[Any], Any]
    says: Callable[[Any], str]
    confirm: Callable[[Any, Asked], Any]
    decline: Callable[[Any, Asked], Any]
    booked: str
    left: str
    may_confirm: str
    may_decline: str
    seen: Callable[[Any], str] = state_of
    names: tuple[str, str] = ("confirm", "decline")
    titles: tuple[str, str] = ("Confirm the proposal…", "Decline the proposal…")
    tone: Tone = Tone.BAD

    def acts(self) -> tuple[Act, Act]:
        """To confirm it, and to decline it."""
        confirm = Act(
            name=self.names[0],
            title=self.titles[0],
            confirm="Confirm it",
            code=self.may_confirm,
            effect=rehearsing(self.confirm, self._summary),
            do=self.confirm,
            done=self.booked,
            fits=self._waits,
            seen=self.seen,
            tone=self.tone,
        )
        decline = Act(
            name=self.names[1],
            title=self.titles[1],
            confirm="Decline it",
            code=self.may_decline,
            effect=lambda row, user, at: Effect(summary=self.left),
            do=self.decline,
            done="It is declined.",
            fits=self._waits,
            seen=self.seen,
        )
        return confirm, decline

    def _waits(self, row: Any) -> bool:
        return self.find(row) is not None

    def _summary(self, row: Any) -> str:
        proposal: Proposal | None = self.find(row)
        return f"{self.says(proposal)} (proposed because: {proposal.reason})" if proposal else "Nothing is proposed."
