"""Stands before every rail: no call inside a transaction, none while the network is barred, each one timed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from config.calls.timed import Observe, Timed
from config.kernel.money import Money
from payments.gateways.contract import Absence
from payments.gateways.failures import GatewayFailure
from payouts.rails.contract import (
    DestinationView,
    NewDestination,
    NewPayout,
    PayoutView,
    Rail,
    RailAnswer,
    RailCapability,
    RailTransferView,
    ReversalView,
)


class GuardedRail:
    """A Rail that stands before another one: asks before each request whether it may, and reports how it went."""

    def __init__(self, adapter: Rail, *, observe: Observe) -> None:
        self.name: str = adapter.name
        self.capabilities: frozenset[RailCapability] = adapter.capabilities
        self.currencies: frozenset[str] | None = adapter.currencies
        self.absent_payout: Absence = adapter.absent_payout
        self.absent_transfer: Absence = adapter.absent_transfer
        self._adapter = adapter
        timed = Timed(adapter.name, observe=observe)
        self._call, self._each = timed.call, timed.each

    def why_not_pay(self, amount: Money, *, kind: str) -> GatewayFailure | None:
        return self._adapter.why_not_pay(amount, kind=kind)

    def create_recipient(self, *, key: str, new: NewDestination) -> RailAnswer:
        return self._call("create_recipient", lambda: self._adapter.create_recipient(key=key, new=new))

    def create_destination(self, *, key: str, new: NewDestination) -> RailAnswer:
        return self._call("create_destination", lambda: self._adapter.create_destination(key=key, new=new))

    def get_destination(self, *, recipient_id: str, account_id: str) -> DestinationView | None:
        return self._call(
            "get_destination", lambda: self._adapter.get_destination(recipient_id=recipient_id, account_id=account_id)
        )

    def create_transfer(self, *, key: str, new: NewPayout) -> RailAnswer:
        return self._call("create_transfer", lambda: self._adapter.create_transfer(key=key, new=new))

    def find_transfer(self, *, our_id: str, call_id: str, since: datetime) -> RailTransferView | None:
        return self._call(
            "find_transfer", lambda: self._adapter.find_transfer(our_id=our_id, call_id=call_id, since=since)
        )

    def get_transfer(self, *, transfer_id: str) -> RailTransferView | None:
        return self._call("get_transfer", lambda: self._adapter.get_transfer(transfer_id=transfer_id))

    def reverse_transfer(self, *, key: str, our_id: str, transfer_id: str, amount: Money) -> RailAnswer:
        return self._call(
            "reverse_transfer",
            lambda: self._adapter.reverse_transfer(key=key, our_id=our_id, transfer_id=transfer_id, amount=amount),
        )

    def find_reversal(self, *, call_id: str, transfer_id: str) -> ReversalView | None:
        return self._call(
            "find_reversal", lambda: self._adapter.find_reversal(call_id=call_id, transfer_id=transfer_id)
        )

    def create_payout(self, *, key: str, new: NewPayout) -> RailAnswer:
        return self._call("create_payout", lambda: self._adapter.create_payout(key=key, new=new))

    def find_payout(self, *, our_id: str, call_id: str, account_id: str, since: datetime) -> PayoutView | None:
        return self._call(
            "find_payout",
            lambda: self._adapter.find_payout(our_id=our_id, call_id=call_id, account_id=account_id, since=since),
        )

    def get_payout(self, *, payout_id: str, account_id: str) -> PayoutView | None:
        return self._call("get_payout", lambda: self._adapter.get_payout(payout_id=payout_id, account_id=account_id))

    def cancel_payout(self, *, key: str, payout_id: str, account_id: str) -> RailAnswer:
        return self._call(
            "cancel_payout",
            lambda: self._adapter.cancel_payout(key=key, payout_id=payout_id, account_id=account_id),
        )

    def list_payouts(self, *, since: datetime) -> Iterator[PayoutView]:
        return self._each("list_payouts", lambda: self._adapter.list_payouts(since=since))

    def get_float(self, *, currency: str) -> Money | None:
        return self._call("get_float", lambda: self._adapter.get_float(currency=currency))
