"""Keeps back what a seller would owe if a dispute were lost, so that it is not paid out before the bank decides."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.conf import settings

from orders.order.rules import split_refund
from orders.order.services.sums import refundable
from payments.disputes import rules
from payments.disputes.models import Dispute
from payments.disputes.queries import parts_left
from payments.escrow.models import EscrowHold
from payments.escrow.states import HoldStatus
from payments.ledger.services import lock_balance
from payments.refunds.services.allocate import lock_pots
from payments.reserves.models import DisputeReserve
from payments.reserves.recovering import Taken, recoveries
from payments.reserves.services.level import free_surplus, keep_back


def sellers_parts(dispute: Dispute) -> Counter[str]:
    """Owner → what they would give back if it were lost now, of what was released to them, in minor units of its
    currency: what is left of each line less the fees that would come back."""
    if dispute.payment.currency != dispute.currency:
        return Counter()
    loss = rules.take_loss(
        amount_minor=dispute.amount_minor, parts=parts_left(dispute.payment), bearer=dispute.bearer
    ).holds
    released = EscrowHold.objects.filter(pk__in=loss, status=HoldStatus.RELEASED).select_related("fulfilment")
    found: Counter[str] = Counter()
    for hold in released.order_by("pk"):
        lines = [refundable(line) for line in hold.fulfilment.lines.order_by("position")]
        found[hold.owner] += sum(part.seller_minor for part in split_refund(loss[hold.pk], lines))
    return +found


def if_lost(dispute: Dispute) -> list[Taken]:
    """Who would give back how much from where, if it were lost now: what is kept back for it goes first."""
    currency = dispute.currency
    kept = DisputeReserve.objects.filter(dispute=dispute, freed_at__isnull=True)
    return recoveries(
        {(owner, currency): minor for owner, minor in sellers_parts(dispute).items()},
        freed={(row.owner, row.currency): row.kept_minor for row in kept},
    )


def keep_for(dispute: Dispute, *, actor: str, at: datetime) -> None:
    """So much of it as is payable, once while the dispute is open, by policy; in the caller's transaction, which holds
    the locks of order, payment and dispute."""
    if not settings.POLICY.dispute_reserve:
        return
    for owner, wanted in sorted(sellers_parts(dispute).items()):
        row = lock_balance(owner, dispute.currency)
        kept = DisputeReserve.objects.filter(dispute=dispute, owner=owner, freed_at__isnull=True)
        minor = min(wanted, row.payable_minor)
        if not minor or kept.exists():
            continue
        DisputeReserve.objects.create(
            dispute=dispute, owner=owner, currency=dispute.currency, kept_minor=minor, kept_at=at
        )
        keep_back(owner, dispute.currency, minor, why=f"{dispute.public_id} is open", actor=actor, at=at)


def let_go(dispute: Dispute, *, actor: str, at: datetime) -> None:
    """Decided: what was kept for it is payable again, before a loss is taken from there; under the same locks."""
    kept = list(DisputeReserve.objects.filter(dispute=dispute, freed_at__isnull=True).order_by("owner"))
    if not kept:
        return
    # A loss locks the holds as well, and they come before balances.
    lock_pots(EscrowHold.objects.filter(payment_id=dispute.payment_id).values_list("pk", flat=True))
    for row in kept:
        lock_balance(row.owner, row.currency)
        DisputeReserve.objects.filter(pk=row.pk).update(freed_at=at)
        free_surplus(row.owner, row.currency, why=f"{dispute.public_id} is decided", actor=actor, at=at)
