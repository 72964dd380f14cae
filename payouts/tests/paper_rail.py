"""A rail on paper: it remembers what it was asked for, answers as it is told, and pays when a test says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from config.calls.outcomes import Absence, Outcome
from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure, GatewayMisconfigured
from payouts.rails.contract import (
    Advice,
    DestinationView,
    NewPayout,
    PayoutView,
    RailAnswer,
    RailCapability,
    RailState,
    RailTransferView,
)

BEGAN = datetime(2026, 11, 21, tzinfo=UTC)
_OPEN = (RailState.QUEUED, RailState.PROCESSING)
_numbers = count(1)


@dataclass
class PaperRail:
    """`says` is what becomes of the next calls, in turn: a RailState, or `lost` (done, and the answer is lost),
    `refused` (not done, and nobody knows), `down` (not done), `keys` (our credentials are refused), `declined`."""

    name: str = "paper"
    capabilities: frozenset[RailCapability] = frozenset(
        {RailCapability.CALLS, RailCapability.BANK_ACCOUNTS, RailCapability.CANCELS}
    )
    currencies: frozenset[str] | None = frozenset({"INR"})
    absent_payout: Absence = field(default_factory=lambda: Absence(after=timedelta(minutes=15), times=2))
    absent_transfer: Absence = field(default_factory=lambda: Absence(after=timedelta(minutes=10), times=2))
    says: list[RailState | str] = field(default_factory=list)
    payouts: dict[str, PayoutView] = field(default_factory=dict)
    transfers: dict[str, RailTransferView] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)  # operation and key, as they came in
    least_minor: int = 1
    limit_minor: int = 10**12

    @property
    def paid_minor(self) -> int:
        """What really left, over all payouts."""
        return sum(view.amount.amount_minor for view in self.payouts.values() if view.state == RailState.PAID)

    def become(self, state: RailState, **changes: Any) -> PayoutView:
        """The newest payout stands so now."""
        key = list(self.payouts)[-1]
        self.payouts[key] = replace(self.payouts[key], state=state, **changes)
        return self.payouts[key]

    def why_not_pay(self, amount: Money, *, kind: str) -> GatewayFailure | None:
        del kind
        if amount.amount_minor < self.least_minor:
            return GatewayFailure("too_little", "it is less than one payout may be")
        if amount.amount_minor > self.limit_minor:
            return GatewayFailure("too_much", "it is more than one payout may be")
        return None

    def create_transfer(self, *, key: str, new: NewPayout) -> RailAnswer:
        said = self._next("transfer", key)
        if said in ("down", "refused", "declined"):
            return _nothing(str(said))
        view = self.transfers.setdefault(key, self._transfer(new))
        if said == "lost":
            return RailAnswer(Outcome.UNKNOWN)
        return RailAnswer(Outcome.SUCCEEDED, transfer=view)

    def create_payout(self, *, key: str, new: NewPayout) -> RailAnswer:
        said = self._next("payout", key)
        if said in ("down", "refused", "declined"):
            return _nothing(str(said))
        state = said if isinstance(said, RailState) else RailState.PROCESSING
        view = self.payouts.setdefault(key, self._payout(new, state))
        if said == "lost":
            return RailAnswer(Outcome.UNKNOWN)
        outcome = Outcome.PENDING if view.state in _OPEN else Outcome.SUCCEEDED
        return RailAnswer(outcome, payout=view)

    def _next(self, operation: str, key: str) -> RailState | str:
        self.asked.append((operation, key))
        said = self.says.pop(0) if self.says else RailState.PROCESSING
        if said == "keys":
            raise GatewayMisconfigured("the key is not known")
        return said

    def _payout(self, new: NewPayout, state: RailState) -> PayoutView:
        return PayoutView(
            payout_id=f"pout_{next(_numbers)}", state=state, amount=new.amount, account_id=new.account_id,
            our_id=new.our_id, call_id=new.call_id, created_at=BEGAN, livemode=False,
        )  # fmt: skip

    def _transfer(self, new: NewPayout) -> RailTransferView:
        return RailTransferView(
            transfer_id=f"tr_{next(_numbers)}", amount=new.amount, returned=Money(0, new.amount.currency),
            account_id=new.account_id, our_id=new.our_id, call_id=new.call_id, created_at=BEGAN, livemode=False,
        )  # fmt: skip

    def find_payout(self, *, our_id: str, call_id: str, account_id: str, since: datetime) -> PayoutView | None:
        del call_id, account_id, since
        return next((view for view in self.payouts.values() if view.our_id == our_id), None)

    def get_payout(self, *, payout_id: str, account_id: str) -> PayoutView | None:
        del account_id
        return next((view for view in self.payouts.values() if view.payout_id == payout_id), None)

    def find_transfer(self, *, our_id: str, call_id: str, since: datetime) -> RailTransferView | None:
        del call_id, since
        return next((view for view in self.transfers.values() if view.our_id == our_id), None)

    def get_transfer(self, *, transfer_id: str) -> RailTransferView | None:
        return next((view for view in self.transfers.values() if view.transfer_id == transfer_id), None)

    def cancel_payout(self, *, key: str, payout_id: str, account_id: str) -> RailAnswer:
        said = self._next("cancel", key)
        if said in ("down", "refused", "declined"):
            return _nothing(str(said))
        view = self.get_payout(payout_id=payout_id, account_id=account_id)
        if view is None or view.state != RailState.QUEUED:
            return RailAnswer(Outcome.DECLINED, payout=view, failure=GatewayFailure("too_late"))
        stopped = self.become(RailState.CANCELLED)
        return RailAnswer(Outcome.UNKNOWN) if said == "lost" else RailAnswer(Outcome.SUCCEEDED, payout=stopped)

    def list_payouts(self, *, since: datetime) -> Iterator[PayoutView]:
        del since
        return iter(self.payouts.values())

    def get_destination(self, *, recipient_id: str, account_id: str) -> DestinationView | None:
        del recipient_id, account_id
        return None


def _nothing(said: str) -> RailAnswer:
    """Nothing was made; whether we can know that depends on what was said."""
    if said == "down":
        return RailAnswer(Outcome.NOT_EXECUTED, failure=GatewayFailure("gateway_down"))
    if said == "refused":
        return RailAnswer(Outcome.UNKNOWN)
    return RailAnswer(
        Outcome.DECLINED,
        failure=GatewayFailure("bank_account_closed", "the account is closed"),
        advice=Advice.FINAL,
    )
