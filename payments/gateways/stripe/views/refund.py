"""Translates a refund, alone or inside a charge of the old shape."""

from __future__ import annotations

from typing import Final

from config.calls.fields import JSON, instant, part, text, text_or_empty, unreadable
from payments.gateways.failures import GatewayFailure
from payments.gateways.refund_views import RefundState, RefundView
from payments.gateways.stripe.fields import a, id_of, listed, mark, money
from payments.gateways.stripe.views.marks import CALL_MARK, REFUND_MARK

_REFUND_STATES: Final = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.CANCELLED,
}

_GONE: Final = frozenset({RefundState.FAILED, RefundState.CANCELLED})


def refund_view(obj: object) -> RefundView:
    """A refund. Raises UnreadableObject."""
    refund = a("refund", obj)
    state = _REFUND_STATES.get(text(refund, "status"))
    if state is None:
        raise unreadable(refund, "status")
    reason = text_or_empty(refund, "failure_reason")
    return RefundView(
        refund_id=text(refund, "id"),
        our_id=mark(refund, REFUND_MARK),
        call_id=mark(refund, CALL_MARK),
        charge_id=id_of(refund, "charge"),
        gateway_payment_id=id_of(refund, "payment_intent"),
        state=state,
        amount=money(refund, "amount"),
        at=instant(refund, "created"),
        failure=GatewayFailure(code=reason or state.value) if state in _GONE else None,
        balance_transaction_id=id_of(refund, "balance_transaction"),
        failure_balance_transaction_id=id_of(refund, "failure_balance_transaction"),
        reference=_reference_of(refund),
        is_release=_is_release(refund),
    )


def refunds_from_charge(obj: object) -> tuple[RefundView, ...]:
    """The refunds that a charge of the old shape carries; empty for a charge of the new shape."""
    return tuple(refund_view(refund) for refund in listed(a("charge", obj), "refunds"))


def _reference_of(refund: JSON) -> str:
    """The number by which the customer's bank finds the refund (ARN), once Stripe has it."""
    destination = part(refund, "destination_details")
    method = text_or_empty(destination, "type")
    return text_or_empty(part(destination, method), "reference") if method else ""


def _is_release(refund: JSON) -> bool:
    """Stripe tells the rest of a partial capture, and a cancelled authorisation, as a refund that succeeded without a
    balance transaction (seen in woocommerce-gateway-stripe issue 1073). One that we made ourselves never is that."""
    return (
        refund.get("status") == "succeeded"
        and not id_of(refund, "balance_transaction")
        and not mark(refund, REFUND_MARK)
    )
