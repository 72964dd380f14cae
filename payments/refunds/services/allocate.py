"""Takes a refund out of its pots and books it as owed to the buyer."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F

from config.audit.services import move
from config.kernel.money import Money
from orders.order.rules import LineRefund
from orders.order.services import allocate_refund
from payments.charges.models import Payment
from payments.escrow.models import EscrowHold
from payments.escrow.states import HoldStatus
from payments.ledger import recipes
from payments.ledger.rules import Balance, waterfall
from payments.ledger.services import lock_balance, post
from payments.refunds.models import GOODWILL, Refund, RefundShare

log = logging.getLogger(__name__)


def allocate(
    *,
    refund: Refund,
    unapplied_minor: int = 0,
    holds: Mapping[int, int],
    goodwill: Mapping[int, int] | None = None,
    loss_minor: int = 0,
    actor: str,
    at: datetime,
) -> None:
    """Posts `refund:…:allocated`, in the caller's transaction, which holds the locks of order and payment.

    `holds` says what each hold (primary key) gives, in minor units: from escrow while it is held, by the waterfall
    (fees given back, then payable, reserve, receivable) after release. `goodwill` says what we give of our own pocket
    for the part of the order behind a hold. `loss_minor` is what the gateway gave beyond all that this payment had.
    """
    parts, shares = [], []
    if unapplied_minor:
        parts.append(recipes.RefundPart(amount=Money(unapplied_minor, refund.currency)))
        shares.append(RefundShare(refund=refund, pot="unapplied", amount_minor=unapplied_minor))
    for hold in lock_pots(holds):
        part, pot = _take(hold, holds[hold.pk], refund, actor=actor, at=at)
        parts.append(part)
        shares.append(RefundShare(refund=refund, pot=pot, hold=hold, amount_minor=holds[hold.pk]))
    for hold_pk, amount_minor in sorted((goodwill or {}).items()):
        parts.append(recipes.RefundPart(amount=Money(amount_minor, refund.currency), is_goodwill=True))
        shares.append(RefundShare(refund=refund, pot=GOODWILL, hold_id=hold_pk, amount_minor=amount_minor))
    if loss_minor:
        log.error("a refund gave more than was left", extra={"refund": refund.public_id, "loss_minor": loss_minor})
        parts.append(recipes.RefundPart(amount=Money(loss_minor, refund.currency), is_loss=True))
        shares.append(RefundShare(refund=refund, pot="loss", amount_minor=loss_minor))
    if not shares:
        return
    RefundShare.objects.bulk_create(shares)
    total_minor = sum(share.amount_minor for share in shares)
    Payment.objects.filter(pk=refund.payment_id).update(refunding_minor=F("refunding_minor") + total_minor)
    payment_id = refund.payment.public_id
    post(recipes.refund_allocated(refund_id=refund.public_id, payment_id=payment_id, parts=parts), actor=actor, at=at)


def lock_pots(holds: Iterable[int]) -> list[EscrowHold]:
    """All holds by ascending id, and only then the balances of those whose payee has the money, by owner: two refunds
    over the same sellers, each in an order of its own, must not wait for each other."""
    locked = EscrowHold.objects.select_for_update(of=("self",)).select_related("fulfilment__order")
    found = list(locked.filter(pk__in=list(holds)).order_by("pk"))
    for owner, currency in sorted({(hold.owner, hold.currency) for hold in found if hold.status == "released"}):
        lock_balance(owner, currency)
    return found


def _take(
    hold: EscrowHold, amount_minor: int, refund: Refund, *, actor: str, at: datetime
) -> tuple[recipes.RefundPart, str]:
    taken = allocate_refund(hold.fulfilment.order, amounts={hold.fulfilment_id: amount_minor})
    amount = Money(amount_minor, hold.currency)
    if hold.status == HoldStatus.RELEASED:
        fall = _fall(hold, [line.taken for line in taken])
        EscrowHold.objects.filter(pk=hold.pk).update(returned_minor=F("returned_minor") + amount_minor)
        part = recipes.RefundPart(amount=amount, hold_id=hold.public_id, owner=hold.owner, waterfall=fall)
        return part, "released"
    remaining = hold.remaining_minor - amount_minor
    sums: dict[str, Any] = {"remaining_minor": remaining, "returned_minor": hold.returned_minor + amount_minor}
    if remaining == 0:
        move(hold, to=HoldStatus.RETURNED, actor=actor, at=at, reason=f"refund {refund.public_id}", **sums)
    else:
        EscrowHold.objects.filter(pk=hold.pk).update(**sums)
    return recipes.RefundPart(amount=amount, hold_id=hold.public_id, owner=hold.owner), "escrow"


def _fall(hold: EscrowHold, lines: Sequence[LineRefund]) -> recipes.Waterfall:
    """Fees come back as they were frozen; the seller's part by the waterfall of what we owe them, locked."""
    row = lock_balance(hold.owner, hold.currency)
    sellers_minor = sum(line.seller_minor for line in lines)
    balance = Balance(row.payable_minor, row.reserve_minor, row.receivable_minor)
    if sellers_minor < 0:  # more of the floored fees comes back at this step than goes to the buyer: the seller's
        payable, reserve, receivable = sellers_minor, 0, 0
    else:
        payable, reserve, receivable = waterfall(balance, sellers_minor)

    def money(amount_minor: int) -> Money:
        return Money(amount_minor, hold.currency)

    return recipes.Waterfall(
        platform_fee=money(sum(line.platform_fee_minor for line in lines)),
        gateway_fee=money(sum(line.gateway_fee_minor for line in lines)),
        tax=money(sum(line.tax_minor for line in lines)),
        withheld=money(sum(line.withheld_minor for line in lines)),
        payable=money(payable),
        reserve=money(reserve),
        receivable=money(receivable),
    )
