"""Translates a payout of Stripe's to our own bank account."""

from __future__ import annotations

from typing import Final

from config.calls.fields import flag, instant, part, text, text_or_empty, unreadable
from payments.gateways.failures import GatewayFailure
from payments.gateways.settlement_views import SettlementState, SettlementView
from payments.gateways.stripe.fields import a, money

_STATES: Final = {
    "pending": SettlementState.ANNOUNCED,
    "in_transit": SettlementState.ANNOUNCED,
    "paid": SettlementState.PAID,
    "failed": SettlementState.FAILED,
    "canceled": SettlementState.CANCELLED,
}


def settlement_view(obj: object) -> SettlementView:
    """A payout. Raises UnreadableObject."""
    payout = a("payout", obj)
    state = _STATES.get(text(payout, "status"))
    if state is None:
        raise unreadable(payout, "status")
    code = text_or_empty(payout, "failure_code")
    return SettlementView(
        settlement_id=text(payout, "id"),
        state=state,
        amount=money(payout, "amount"),
        created_at=instant(payout, "created"),
        livemode=flag(payout, "livemode"),
        expected_at=instant(payout, "arrival_date"),
        reference=text_or_empty(part(payout, "trace_id"), "value"),
        failure=GatewayFailure(code=code, detail=text_or_empty(payout, "failure_message")) if code else None,
    )
