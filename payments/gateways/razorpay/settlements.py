"""Settlements, spoken to Razorpay: payouts to our bank, and the lines of which a day of them is made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from config.calls.fields import JSON, instant, text, text_or_empty, unreadable, whole
from payments.gateways.failures import GatewayFailure
from payments.gateways.razorpay.amounts import SETTLES_IN, from_wire
from payments.gateways.razorpay.calls import look, walk
from payments.gateways.razorpay.client import RazorpayClient
from payments.gateways.razorpay.fields import a
from payments.gateways.razorpay.movements import settlement_line
from payments.gateways.settlement_views import SettlementLine, SettlementState, SettlementView

MOST_LINES: Final = 1_000  # a page of recon/combined
# `processed` means that it is on its way: the bank has it some three hours later.
# Source: razorpay.com/docs/webhooks/settlements
ARRIVES_AFTER: Final = timedelta(hours=3)
_STATES: Final = {
    "created": SettlementState.ANNOUNCED,
    "processed": SettlementState.PAID,
    "failed": SettlementState.FAILED,
}


class RazorpaySettlements:
    """Of the adapter: what the contract says of settlements and their lines."""

    _client: RazorpayClient
    _livemode: bool

    def get_settlement(self, *, settlement_id: str) -> SettlementView | None:
        found = look(self._client, lambda client: client.settlement.fetch(settlement_id))
        return settlement_view(found, livemode=self._livemode) if found is not None else None

    def list_settlements(self, *, since: datetime) -> Iterator[SettlementView]:
        span = {"from": int(since.timestamp())}
        for found in walk(self._client, lambda client, params: client.settlement.all(params), span):
            yield settlement_view(found, livemode=self._livemode)

    def list_settlement_lines(self, *, day: date) -> Iterator[SettlementLine]:
        """Of a day of India's: payments, refunds, transfers and adjustments."""
        asked = {"year": day.year, "month": day.month, "day": day.day}
        found = walk(self._client, lambda client, params: client.settlement.report(params), asked, size=MOST_LINES)
        yield from map(settlement_line, found)


def settlement_view(obj: object, *, livemode: bool) -> SettlementView:
    """A settlement, always in rupees: it names no currency. Raises UnreadableObject."""
    settlement = a("settlement", obj)
    state = _STATES.get(text(settlement, "status"))
    if state is None:
        raise unreadable(settlement, "status")
    made_at = instant(settlement, "created_at")
    return SettlementView(
        settlement_id=text(settlement, "id"),
        state=state,
        amount=from_wire(whole(settlement, "amount"), SETTLES_IN),
        created_at=made_at,
        livemode=livemode,
        expected_at=_expected_at(settlement, made_at),
        reference=text_or_empty(settlement, "utr"),
        failure=GatewayFailure(code="failed") if state is SettlementState.FAILED else None,
    )


def _expected_at(settlement: JSON, made_at: datetime) -> datetime | None:
    return made_at + ARRIVES_AFTER if settlement.get("status") == "processed" else None
