"""What operators can do to money: each act is one service call, rehearsed or described before it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from config.admin.acts import Act, Asked, Effect, rehearsing
from config.admin.money import show_money
from config.admin.panel import Tone
from config.audit.rehearsal import Moved
from config.kernel.money import Money
from config.kernel.verdict import Verdict
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.states import FulfilmentStatus
from orders.order.models import Order
from orders.order.states import OrderStatus
from payments.charges.models import Payment
from payments.charges.queries import unclosed_payments
from payments.charges.services.capture_later import capture_payment
from payments.charges.services.close import cancel_unpaid
from payments.charges.states import PaymentStatus
from payments.escrow.models import EscrowHold
from payments.escrow.services.freeze import OPERATOR, freeze_hold, unfreeze_hold
from payments.escrow.services.release import complete_fulfilment
from payments.escrow.states import HoldStatus
from payments.ledger import recipes
from payments.ledger.preview import lines_of
from payments.refunds.services.by_staff import cancel_by_staff
from payments.refunds.states import RefundStatus

# What stands for a hold that is made when the capture is booked.
NEW_HOLD = "a new hold"


def _cancel_unpaid_effect(order: Order, user: Any, at: datetime) -> Effect:
    """Depends on the gateway, so it is described: nothing is asked before it is confirmed."""
    del user, at
    payments = unclosed_payments(order)
    calls = tuple(
        f"{payment.gateway_account.gateway}: cancel {payment.gateway_payment_id or payment.gateway_order_id}"
        for payment in payments
        if payment.gateway_payment_id or payment.gateway_order_id
    )
    parts = order.fulfilments.values_list("public_id", "status")
    return Effect(
        summary="The buyer can no longer pay it, and its stock is free again.",
        calls=calls,
        moves=(
            Moved("order", order.public_id, "move", order.status, OrderStatus.CANCELLED, ""),
            *(Moved("fulfilment", key, "move", state, FulfilmentStatus.CANCELLED, "") for key, state in parts),
        ),
        cautions=(
            ("If the buyer pays while the gateway is being asked, the money counts and the order is not cancelled.",)
            if calls
            else ()
        ),
    )


def _cancel_unpaid(order: Order, asked: Asked) -> bool:
    cancel_unpaid(order_id=order.public_id, **asked.said)
    return True


CANCEL_UNPAID = Act(
    name="cancel",
    title="Cancel the order…",
    confirm="Cancel it",
    code="orders.cancel",
    effect=_cancel_unpaid_effect,
    do=_cancel_unpaid,
    done="The order is cancelled.",
    fits=lambda order: order.status == OrderStatus.PENDING_PAYMENT,
    tone=Tone.BAD,
)


def _complete(row: Fulfilment, asked: Asked) -> bool:
    return complete_fulfilment(fulfilment_pk=row.pk, **asked.said)


COMPLETE = Act(
    name="complete",
    title="Complete and release…",
    confirm="Release the money",
    code="orders.complete",
    effect=rehearsing(
        _complete,
        "The seller gets the money now, less the fees that were frozen when it was priced.",
        cautions=("Released money does not come back into escrow: a later refund is taken from the seller's balance.",),
    ),
    do=_complete,
    done="It is completed, and the money is the seller's.",
    fits=lambda row: row.status == FulfilmentStatus.DELIVERED,
    seen=lambda row: f"{row.status} {_left(row)}",
    tone=Tone.GOOD,
)


def _left(row: Fulfilment) -> str:
    """What the operator saw of the hold: its state and what is left of it."""
    hold = EscrowHold.objects.filter(fulfilment=row).first()
    return f"{hold.status} {hold.remaining_minor}" if hold else ""


def _cancel_part(row: Fulfilment, asked: Asked) -> str | bool:
    refund = cancel_by_staff(
        fulfilment_pk=row.pk, requester=asked.actor, reason=asked.reason, policy=settings.POLICY, at=asked.at
    )
    if refund is not None and refund.status == RefundStatus.REQUESTED:
        return "Asked for: a second person must approve its refund, and then it is cancelled. Its money is frozen."
    if refund is not None and refund.status == RefundStatus.CANCELLED:
        return "Its tickets are called back. The buyer gets the money once their provider says that nobody has them."
    return True


CANCEL_FULFILMENT = Act(
    name="cancel",
    title="Cancel and refund…",
    confirm="Cancel and refund",
    code="orders.cancel",
    effect=rehearsing(
        _cancel_part,
        "The seller's part is cancelled, its stock is back on the shelf, and the buyer gets all of its money back."
        " Where that is more than one person may decide, its money is frozen until a second one approves. Tickets that"
        " a provider has are called back first. Under review you say that the buyer has not got them.",
        cautions=("The gateway is asked for the refund right afterwards; that cannot be undone.",),
    ),
    do=_cancel_part,
    done="It is cancelled. The refund is on its way.",
    fits=lambda row: (
        row.status in (FulfilmentStatus.AWAITING, FulfilmentStatus.REVIEW)
        and row.order.status != OrderStatus.PENDING_PAYMENT
    ),
    seen=lambda row: f"{row.status} {_left(row)}",
    tone=Tone.BAD,
)


def _capture_effect(payment: Payment, user: Any, at: datetime) -> Effect:
    """The gateway decides, so the books are shown as they will stand when it says yes."""
    del user, at
    order = payment.order
    refusal = Verdict.yes()
    if order is None or order.status != OrderStatus.PENDING_PAYMENT:
        refusal = Verdict.no("order_not_payable", f"its order is {order.status if order else 'gone'}")
    parts = order.fulfilments.select_related("seller").order_by("pk") if order else []
    draft = recipes.capture(
        charge_id="charge",
        account=payment.gateway_account.code,
        payment_id=payment.public_id,
        holds=[
            recipes.HoldPart(
                hold_id=NEW_HOLD, owner=part.seller.public_id, amount=Money(part.amount_minor, payment.currency)
            )
            for part in parts
        ],
        unapplied=Money(payment.amount_minor - sum(part.amount_minor for part in parts), payment.currency),
    )
    return Effect(
        summary=f"The buyer is charged {show_money(payment.amount)} now. When the gateway says yes, this is booked:",
        calls=(
            f"{payment.gateway_account.gateway}: capture {show_money(payment.amount)} of {payment.gateway_payment_id}",
        ),
        moves=(Moved("payment", payment.public_id, "move", payment.status, PaymentStatus.CAPTURED, ""),),
        lines=lines_of(draft),
        cautions=("If the gateway's answer is lost, it is asked about; nothing is charged twice.",),
        refusal=refusal,
    )


def _capture(payment: Payment, asked: Asked) -> str:
    outcome = capture_payment(payment_id=payment.public_id, **asked.said)
    said = {
        "succeeded": "The gateway has captured it.",
        "pending": "The gateway is working on it; the result comes by webhook.",
        "unknown": "The gateway's answer was lost. It is asked about now; do not capture again.",
    }
    return said.get(outcome, f"The gateway did not capture it: {outcome}. See its calls below.")


CAPTURE = Act(
    name="capture",
    title="Capture…",
    confirm="Capture the money",
    code="payments.settle",
    effect=_capture_effect,
    do=_capture,
    done="Captured.",
    fits=lambda payment: payment.status == PaymentStatus.AUTHORIZED,
    tone=Tone.GOOD,
)


def _frozen_by_operator(hold: EscrowHold) -> bool:
    return hold.freezes.filter(reason=OPERATOR, lifted_at__isnull=True).exists()


def _freeze(hold: EscrowHold, asked: Asked) -> bool:
    return freeze_hold(hold_pk=hold.pk, reason=OPERATOR, actor=asked.actor, note=asked.reason, at=asked.at)


def _unfreeze(hold: EscrowHold, asked: Asked) -> bool:
    return unfreeze_hold(hold_pk=hold.pk, reason=OPERATOR, actor=asked.actor, note=asked.reason, at=asked.at)


FREEZE = Act(
    name="freeze",
    title="Freeze…",
    confirm="Freeze it",
    code="escrow.freeze",
    effect=rehearsing(
        _freeze, "The money stays where it is: no release, no timeout, until every reason for the freeze is lifted."
    ),
    do=_freeze,
    done="The hold is frozen.",
    fits=lambda hold: hold.status in (HoldStatus.HELD, HoldStatus.FROZEN) and not _frozen_by_operator(hold),
    tone=Tone.BAD,
)
UNFREEZE = Act(
    name="unfreeze",
    title="Lift the freeze…",
    confirm="Lift it",
    code="escrow.freeze",
    effect=rehearsing(
        _unfreeze,
        "The operator's reason is lifted. When no other reason stands, the money moves on as if it had never stopped:"
        " what is overdue is released or timed out within a minute.",
    ),
    do=_unfreeze,
    done="The freeze is lifted.",
    fits=_frozen_by_operator,
    tone=Tone.GOOD,
)
