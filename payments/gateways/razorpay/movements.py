"""Movements of our balance: read from payments and refunds themselves, and from the lines of a settlement. Pure.

Razorpay numbers no movements. The one of a payment or a refund has that entity's id; the one of a refund that came
back has it with a suffix of ours. In `recon/combined` ids repeat between types, so a movement is its id *and* type.
"""

from __future__ import annotations

from config.calls.fields import JSON, instant, text, text_or_empty, unreadable, whole, whole_or
from payments.gateways.balance_views import BalanceTransactionView
from payments.gateways.razorpay.amounts import SETTLES_IN, from_wire
from payments.gateways.razorpay.fields import a
from payments.gateways.razorpay.views import RETURNED, is_captured, refund_view
from payments.gateways.refund_views import RefundState
from payments.gateways.settlement_views import SettlementLine


def of_payment(obj: object) -> BalanceTransactionView | None:
    """What a captured payment brought, less its fee; None while that is not known.

    A payment in another currency settles in rupees: `base_amount` and the fee are paise then.
    """
    payment = a("payment", obj)
    if payment.get("fee") is None or not is_captured(payment):
        return None
    is_foreign = text(payment, "currency") != SETTLES_IN and payment.get("base_amount") is not None
    amount = from_wire(
        whole(payment, "base_amount" if is_foreign else "amount"),
        SETTLES_IN if is_foreign else text(payment, "currency"),
    )
    fee, made_at = whole(payment, "fee"), instant(payment, "created_at")
    return BalanceTransactionView(
        transaction_id=text(payment, "id"),
        type="payment",
        source_id=text(payment, "id"),
        amount_minor=amount.amount_minor,
        fee_minor=fee,
        tax_minor=whole_or(payment, "tax", 0),
        net_minor=amount.amount_minor - fee,
        currency=amount.currency,
        exchange_rate="",
        created_at=made_at,
        available_at=made_at,
    )


def of_refund(obj: object, *, returned: bool = False) -> BalanceTransactionView | None:
    """What a refund took, or what came back of one that failed; None where it did neither.

    One that failed has both, for it does not say whether the money had left before; together they are nothing."""
    view = refund_view(obj)
    if view.state is RefundState.PENDING or (returned and view.state is not RefundState.FAILED):
        return None
    amount_minor = view.amount.amount_minor if returned else -view.amount.amount_minor
    return BalanceTransactionView(
        transaction_id=f"{view.refund_id}{RETURNED}" if returned else view.refund_id,
        type="refund_failure" if returned else "refund",
        source_id=view.refund_id,
        amount_minor=amount_minor,
        fee_minor=0,
        tax_minor=0,
        net_minor=amount_minor,
        currency=view.amount.currency,
        exchange_rate="",
        created_at=view.at,
        available_at=view.at,
    )


def settlement_line(obj: JSON) -> SettlementLine:
    """One line of `recon/combined`, with the settlement that it is part of. Raises UnreadableObject."""
    is_settled = obj.get("settled_at") is not None and bool(text_or_empty(obj, "settlement_id"))
    return SettlementLine(
        movement=of_settlement_line(obj),
        settlement_id=text_or_empty(obj, "settlement_id"),
        settled_at=instant(obj, "settled_at") if is_settled else None,
        reference=text_or_empty(obj, "settlement_utr"),
        gateway_payment_id=text_or_empty(obj, "order_id"),
        dispute_id=text_or_empty(obj, "dispute_id"),
    )


def of_settlement_line(obj: JSON) -> BalanceTransactionView:
    """The movement of such a line. `credit` and `debit` are net of the fee, which contains the tax: a payment brings
    amount − fee, a transfer takes amount + fee. Raises UnreadableObject where that does not add up."""
    credit, debit = whole(obj, "credit"), whole(obj, "debit")
    fee, net = whole_or(obj, "fee", 0), whole(obj, "credit") - whole(obj, "debit")
    amount_minor = net + fee
    if (credit and debit) or abs(amount_minor) != whole(obj, "amount"):
        raise unreadable(obj, "amount")
    return BalanceTransactionView(
        transaction_id=text(obj, "entity_id"),
        type=text(obj, "type"),
        source_id=text_or_empty(obj, "payment_id") or text(obj, "entity_id"),
        amount_minor=amount_minor,
        fee_minor=fee,
        tax_minor=whole_or(obj, "tax", 0),
        net_minor=net,
        currency=from_wire(amount_minor, text(obj, "currency")).currency,
        exchange_rate="",
        created_at=instant(obj, "created_at"),
        available_at=instant(obj, "settled_at" if obj.get("settled_at") is not None else "created_at"),
    )
