"""Takes a buyer's money out of a hold, wherever it is by now, and puts it back there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

from django.db.models import F

from config.audit.services import move
from config.kernel.money import Money
from config.outbox.services import emit
from orders.fulfilment.states import FulfilmentStatus
from orders.order.rules import LineRefund
from orders.order.services import allocate_refund, restore_refund
from payments.escrow.models import EscrowHold
from payments.escrow.states import HoldStatus
from payments.ledger import refund_recipes
from payments.ledger.rules import Balance, waterfall
from payments.ledger.services import lock_balance

# What of a hold went back by refunds, and what was lost to disputes.
Counted = Literal["returned_minor", "lost_minor"]


def take_out(
    hold: EscrowHold, amount_minor: int, *, counted: Counted, actor: str, reason: str, at: datetime
) -> refund_recipes.RefundPart:
    """From escrow while it is held, by the waterfall (fees given back, then payable, reserve, receivable) after its
    release; in the caller's transaction, which holds the locks of the order, the hold and the payee's balance."""
    taken = allocate_refund(hold.fulfilment.order, amounts={hold.fulfilment_id: amount_minor})
    amount = Money(amount_minor, hold.currency)
    if hold.status == HoldStatus.RELEASED:
        fall = _fall(hold, [line.taken for line in taken])
        EscrowHold.objects.filter(pk=hold.pk).update(**{counted: F(counted) + amount_minor})
        return refund_recipes.RefundPart(amount=amount, hold_id=hold.public_id, owner=hold.owner, waterfall=fall)
    remaining = hold.remaining_minor - amount_minor
    sums: dict[str, Any] = {"remaining_minor": remaining, counted: getattr(hold, counted) + amount_minor}
    if remaining == 0:
        move(hold, to=HoldStatus.RETURNED, actor=actor, at=at, reason=reason, **sums)
        _tell_emptied(hold, at=at)
    else:
        EscrowHold.objects.filter(pk=hold.pk).update(**sums)
    return refund_recipes.RefundPart(amount=amount, hold_id=hold.public_id, owner=hold.owner)


def _tell_emptied(hold: EscrowHold, *, at: datetime) -> None:
    """Tickets that wait for their transfer stay with whom they are: their buyer has the money."""
    part = hold.fulfilment
    if part.is_ticketed and type(part).objects.filter(pk=part.pk, status=FulfilmentStatus.AWAITING).exists():
        payload = {"fulfilment": part.public_id, "hold": hold.public_id}
        emit("hold.emptied", fact_key=f"{hold.public_id}:{at.isoformat()}", payload=payload, at=at)


def put_back(
    hold: EscrowHold, amount_minor: int, *, counted: Counted, actor: str, reason: str, at: datetime
) -> refund_recipes.RefundPart:
    """What was taken out comes back by the present state of the hold: held again where it was not released, else each
    line's fees and the rest to the payee; under the same locks. A reason to freeze that still stands stands again."""
    restored = restore_refund(hold.fulfilment.order, amounts={hold.fulfilment_id: amount_minor})
    amount = Money(amount_minor, hold.currency)
    if hold.status == HoldStatus.RELEASED:
        EscrowHold.objects.filter(pk=hold.pk).update(**{counted: F(counted) - amount_minor})
        rise = _rise(hold, [line.taken for line in restored])
        return refund_recipes.RefundPart(amount=amount, hold_id=hold.public_id, owner=hold.owner, waterfall=rise)
    remaining = hold.remaining_minor + amount_minor
    sums: dict[str, Any] = {"remaining_minor": remaining, counted: getattr(hold, counted) - amount_minor}
    if hold.status == HoldStatus.RETURNED:
        move(hold, to=HoldStatus.HELD, actor=actor, at=at, reason=reason, **sums)
        if hold.freezes.filter(lifted_at__isnull=True).exists():
            move(hold, to=HoldStatus.FROZEN, actor=actor, at=at, reason="a reason to freeze it still stands")
    else:
        EscrowHold.objects.filter(pk=hold.pk).update(**sums)
    return refund_recipes.RefundPart(amount=amount, hold_id=hold.public_id, owner=hold.owner)


def _fall(hold: EscrowHold, lines: Sequence[LineRefund]) -> refund_recipes.Waterfall:
    """Fees come back as they were frozen; the seller's part by the waterfall of what we owe them, locked."""
    row = lock_balance(hold.owner, hold.currency)
    balance = Balance(row.payable_minor, row.reserve_minor, row.receivable_minor)

    def sellers(minor: int) -> tuple[int, int, int]:
        # More of the floored fees may come back at a step than goes to the buyer: the rest is the seller's.
        return (minor, 0, 0) if minor < 0 else waterfall(balance, minor)

    return _waterfall(hold, lines, sellers)


def _rise(hold: EscrowHold, lines: Sequence[LineRefund]) -> refund_recipes.Waterfall:
    """Fees are due again as they were frozen; the rest is the payee's. Where more of the floored fees is due at this
    step than comes back, the payee adds the difference, by the waterfall."""

    def sellers(minor: int) -> tuple[int, int, int]:
        if minor >= 0:
            return minor, 0, 0
        row = lock_balance(hold.owner, hold.currency)
        balance = Balance(row.payable_minor, row.reserve_minor, row.receivable_minor)
        payable, reserve, receivable = waterfall(balance, -minor)
        return -payable, -reserve, -receivable

    return _waterfall(hold, lines, sellers)


def _waterfall(
    hold: EscrowHold, lines: Sequence[LineRefund], sellers: Callable[[int], tuple[int, int, int]]
) -> refund_recipes.Waterfall:
    payable, reserve, receivable = sellers(sum(line.seller_minor for line in lines))

    def money(amount_minor: int) -> Money:
        return Money(amount_minor, hold.currency)

    return refund_recipes.Waterfall(
        platform_fee=money(sum(line.platform_fee_minor for line in lines)),
        gateway_fee=money(sum(line.gateway_fee_minor for line in lines)),
        tax=money(sum(line.tax_minor for line in lines)),
        withheld=money(sum(line.withheld_minor for line in lines)),
        payable=money(payable),
        reserve=money(reserve),
        receivable=money(receivable),
    )
