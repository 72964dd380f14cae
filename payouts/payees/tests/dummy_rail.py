"""A rail that makes payees and destinations known as a real one does: once for a key, and as the test says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from config.calls.failures import GatewayFailure
from config.calls.outcomes import Absence, Outcome
from config.settings.rails import RailAccount
from payouts.rails.contract import CheckState, DestinationView, NewDestination, RailAnswer, RailCapability
from payouts.rails.registry import ADAPTERS

RAIL, ACCOUNT = "dummy", "dummy:one"
_ABSENT = Absence(after=timedelta(minutes=15), times=2)


@dataclass
class DummyRail:
    """`outcomes` are what the next calls come to (the thing is made all the same where the answer is lost)."""

    check: CheckState = CheckState.GOOD
    needs: str = ""
    currencies: frozenset[str] | None = frozenset({"INR", "EUR"})
    outcomes: list[Outcome] = field(default_factory=list)
    made: dict[str, tuple[str, NewDestination]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    name: str = RAIL
    absent_payout: Absence = _ABSENT
    absent_transfer: Absence = _ABSENT
    capabilities: frozenset[RailCapability] = frozenset(
        {RailCapability.CALLS, RailCapability.BANK_ACCOUNTS, RailCapability.UPI, RailCapability.CONNECTED_ACCOUNTS}
    )

    def create_recipient(self, *, key: str, new: NewDestination) -> RailAnswer:
        return self._create("cont", key, new, lambda made: self.view(recipient_id=made))

    def create_destination(self, *, key: str, new: NewDestination) -> RailAnswer:
        return self._create("fa", key, new, lambda made: self.view(recipient_id=new.recipient_id, account_id=made))

    def get_destination(self, *, recipient_id: str, account_id: str) -> DestinationView | None:
        return self.view(recipient_id=recipient_id, account_id=account_id)

    def view(self, *, recipient_id: str = "", account_id: str = "", **changes: Any) -> DestinationView:
        stands: dict[str, Any] = {"check": self.check, "needs": self.needs, **changes}
        return DestinationView(recipient_id=recipient_id, account_id=account_id, **stands)

    def _create(self, kind: str, key: str, new: NewDestination, view: Callable[[str], DestinationView]) -> RailAnswer:
        self.calls.append((kind, key))
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome.SUCCEEDED
        if outcome in (Outcome.NOT_EXECUTED, Outcome.DECLINED):
            return RailAnswer(outcome, failure=GatewayFailure("no", "the number is not one of this bank's"))
        made, _ = self.made.setdefault(key, (f"{kind}_{len(self.made) + 1}", new))
        if outcome is Outcome.UNKNOWN:
            return RailAnswer(outcome, failure=GatewayFailure("no_answer"))
        return RailAnswer(outcome, destination=view(made), raw={"id": made, "number": dict(new.details)})


def use_dummy_rail(settings: Any, monkeypatch: Any, **given: Any) -> DummyRail:
    """The one configured rail beside the file for the bank. It stands behind the real guard."""
    rail = DummyRail(**given)
    monkeypatch.setitem(ADAPTERS, RAIL, lambda _: rail)
    account = RailAccount(code=ACCOUNT, rail=RAIL, livemode=False, api_base=f"https://{id(rail)}.example.test")
    files = {code: each for code, each in settings.RAIL_ACCOUNTS.items() if each.rail == "bank_file"}
    settings.RAIL_ACCOUNTS = {ACCOUNT: account, **files}
    return rail
