"""Takes a refund out of its pots and books it as owed to the buyer."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import F

from config.kernel.money import Money
from payments.charges.models import Payment
from payments.escrow.models import EscrowHold
from payments.escrow.services.pots import take_out
from payments.ledger import refund_recipes
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
        parts.append(refund_recipes.RefundPart(amount=Money(unapplied_minor, refund.currency)))
        shares.append(RefundShare(refund=refund, pot="unapplied", amount_minor=unapplied_minor))
    for hold in lock_pots(holds):
        part = take_out(
            hold, holds[hold.pk], counted="returned_minor", actor=actor, reason=f"refund {refund.public_id}", at=at
        )
        parts.append(part)
        pot = "released" if part.waterfall else "escrow"
        shares.append(RefundShare(refund=refund, pot=pot, hold=hold, amount_minor=holds[hold.pk]))
    for hold_pk, amount_minor in sorted((goodwill or {}).items()):
        parts.append(refund_recipes.RefundPart(amount=Money(amount_minor, refund.currency), is_goodwill=True))
        shares.append(RefundShare(refund=refund, pot=GOODWILL, hold_id=hold_pk, amount_minor=amount_minor))
    if loss_minor:
        log.error("a refund gave more than was left", extra={"refund": refund.public_id, "loss_minor": loss_minor})
        parts.append(refund_recipes.RefundPart(amount=Money(loss_minor, refund.currency), is_loss=True))
        shares.append(RefundShare(refund=refund, pot="loss", amount_minor=loss_minor))
    if not shares:
        return
    for share in shares:
        add_share(refund, share.pot, share.hold_id, share.amount_minor)
    total_minor = sum(share.amount_minor for share in shares)
    Payment.objects.filter(pk=refund.payment_id).update(refunding_minor=F("refunding_minor") + total_minor)
    payment_id = refund.payment.public_id
    post(
        refund_recipes.refund_allocated(refund_id=refund.public_id, payment_id=payment_id, parts=parts),
        actor=actor,
        at=at,
    )


def add_share(refund: Refund, pot: str, hold_pk: int | None, amount_minor: int) -> None:
    """A refund takes so much, or so much more, from a pot: what it gives in place of another may be of the same one."""
    share, is_new = RefundShare.objects.get_or_create(
        refund=refund, pot=pot, hold_id=hold_pk, defaults={"amount_minor": amount_minor}
    )
    if not is_new:
        RefundShare.objects.filter(pk=share.pk).update(amount_minor=F("amount_minor") + amount_minor)


def lock_pots(holds: Iterable[int]) -> list[EscrowHold]:
    """All holds by ascending id, and only then the balances of those whose payee has the money, by owner: two refunds
    over the same sellers, each in an order of its own, must not wait for each other."""
    locked = EscrowHold.objects.select_for_update(of=("self",)).select_related("fulfilment__order")
    found = list(locked.filter(pk__in=list(holds)).order_by("pk"))
    for owner, currency in sorted({(hold.owner, hold.currency) for hold in found if hold.status == "released"}):
        lock_balance(owner, currency)
    return found
