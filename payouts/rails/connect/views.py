"""Stripe's payouts, transfers and reversals in the words of the rails' contract. Pure."""

from __future__ import annotations

from typing import Final

from config.calls.fields import flag, instant, part, text, text_or_empty, unreadable
from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure
from payments.gateways.stripe.fields import a, id_of, mark, money
from payments.gateways.stripe.views.marks import CALL_MARK
from payouts.rails.connect.advice import advice_of
from payouts.rails.contract import PayoutView, RailState, RailTransferView, ReversalView

# Our ids, which travel in the metadata.
PAYOUT_MARK: Final = "payout"
PAYEE_MARK: Final = "payee"
DESTINATION_MARK: Final = "destination"
REVERSAL_MARK: Final = "reversal"

# `pending` is not at the bank yet, and can still be cancelled. [doc docs.stripe.com/api/payouts/object]
_STATES: Final = {
    "pending": RailState.QUEUED,
    "in_transit": RailState.PROCESSING,
    "paid": RailState.PAID,
    "failed": RailState.FAILED,
    "canceled": RailState.CANCELLED,
}


def payout_view(obj: object, *, account_id: str) -> PayoutView:
    """A payout in a payee's account. One that was paid and came back is shown as failed, by Stripe too: whoever knows
    that it had been paid tells the two apart. Raises UnreadableObject."""
    payout = a("payout", obj)
    state = _STATES.get(text(payout, "status"))
    if state is None:
        raise unreadable(payout, "status")
    code = text_or_empty(payout, "failure_code")
    return PayoutView(
        payout_id=text(payout, "id"),
        state=state,
        amount=money(payout, "amount"),
        account_id=account_id,
        our_id=mark(payout, PAYOUT_MARK),
        call_id=mark(payout, CALL_MARK),
        created_at=instant(payout, "created"),
        livemode=flag(payout, "livemode"),
        reference=text_or_empty(part(payout, "trace_id"), "value"),
        failure=GatewayFailure(code=code, detail=text_or_empty(payout, "failure_message")) if code else None,
        advice=advice_of(code) if code else None,
        connected_account=account_id,
    )


def transfer_view(obj: object) -> RailTransferView:
    """A transfer out of our balance, in any shape since 2014. Raises UnreadableObject."""
    transfer = a("transfer", obj)
    amount = money(transfer, "amount")
    returned = money(transfer, "amount_reversed") if "amount_reversed" in transfer else Money(0, amount.currency)
    return RailTransferView(
        transfer_id=text(transfer, "id"),
        amount=amount,
        returned=returned,
        account_id=id_of(transfer, "destination"),
        our_id=mark(transfer, PAYOUT_MARK),
        call_id=mark(transfer, CALL_MARK),
        created_at=instant(transfer, "created" if "created" in transfer else "date"),
        livemode=flag(transfer, "livemode"),
    )


def reversal_view(obj: object) -> ReversalView:
    """One reversal of a transfer. Raises UnreadableObject."""
    reversal = a("transfer_reversal", obj)
    return ReversalView(
        reversal_id=text(reversal, "id"),
        transfer_id=id_of(reversal, "transfer"),
        amount=money(reversal, "amount"),
        call_id=mark(reversal, CALL_MARK),
    )
