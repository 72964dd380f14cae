"""The rail that has no API: our own bank, where a person pays what a file lists. Nothing here calls anybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NoReturn

from config.calls.outcomes import Absence
from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure, NotOffered
from payouts.rails.contract import (
    DestinationView,
    NewDestination,
    NewPayout,
    PayoutView,
    RailAnswer,
    RailCapability,
    RailTransferView,
    ReversalView,
)


def _nobody() -> NoReturn:
    raise NotOffered("a bank that is paid at by a file is never asked anything")


class BankFileRail:
    """One bank account of ours. It pays bank accounts in any currency; what became of it a person says."""

    name = "bank_file"
    capabilities = frozenset({RailCapability.BANK_ACCOUNTS})
    currencies: frozenset[str] | None = None
    absent_payout = Absence(after=timedelta())
    absent_transfer = Absence(after=timedelta())

    def why_not_pay(self, amount: Money, *, kind: str) -> GatewayFailure | None:
        del amount
        if kind != "bank_account":
            return GatewayFailure("destination_not_supported", "a bank file pays bank accounts alone")
        return None

    def create_recipient(self, *, key: str, new: NewDestination) -> RailAnswer:
        _nobody()

    def create_destination(self, *, key: str, new: NewDestination) -> RailAnswer:
        _nobody()

    def get_destination(self, *, recipient_id: str, account_id: str) -> DestinationView | None:
        _nobody()

    def create_transfer(self, *, key: str, new: NewPayout) -> RailAnswer:
        _nobody()

    def find_transfer(self, *, our_id: str, call_id: str, since: datetime) -> RailTransferView | None:
        _nobody()

    def get_transfer(self, *, transfer_id: str) -> RailTransferView | None:
        _nobody()

    def reverse_transfer(self, *, key: str, our_id: str, transfer_id: str, amount: Money) -> RailAnswer:
        _nobody()

    def find_reversal(self, *, call_id: str, transfer_id: str) -> ReversalView | None:
        _nobody()

    def create_payout(self, *, key: str, new: NewPayout) -> RailAnswer:
        _nobody()

    def find_payout(self, *, our_id: str, call_id: str, account_id: str, since: datetime) -> PayoutView | None:
        _nobody()

    def get_payout(self, *, payout_id: str, account_id: str) -> PayoutView | None:
        _nobody()

    def cancel_payout(self, *, key: str, payout_id: str, account_id: str) -> RailAnswer:
        _nobody()

    def list_payouts(self, *, since: datetime) -> Iterator[PayoutView]:
        _nobody()

    def get_float(self, *, currency: str) -> Money | None:
        _nobody()
