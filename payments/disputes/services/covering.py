"""Lets money that comes back to a payment first cover what was taken of it beyond all that it had left."""

from __future__ import annotations

from django.db.models import F, Sum

from orders.order.services import count_loss_as_refund
from payments.charges.models import Payment
from payments.disputes.models import Dispute, DisputeShare
from payments.escrow.models import EscrowHold
from payments.escrow.services.pots import Counted
from payments.refunds.models import RefundShare
from payments.refunds.states import LIVE, RefundStatus


def cover_losses(
    *, payment: Payment, hold_pk: int | None, amount_minor: int, counted: Counted, giver: Dispute | None = None
) -> int:
    """What would come back to a hold of `payment` (None: to the money that nobody may keep) covers first what other
    disputes and refunds took of the payment when nothing of it was left: that loss is then what the hold gave, and
    nothing moves but the names. Returns how much of `amount_minor` that was; the caller books it as a credit to
    chargeback losses, and puts the rest back.

    `counted` is where the hold had counted it: as lost (a dispute made good, `giver`) or as returned (a refund that is
    void). The caller holds the locks of order and payment.
    """
    left_minor = amount_minor
    disputes = DisputeShare.objects.select_for_update(of=("self",)).select_related("dispute")
    disputes = disputes.filter(dispute__payment=payment, pot="loss")
    for share in disputes.exclude(dispute=giver).order_by("pk"):
        part = min(left_minor, share.amount_minor)
        if part:
            reduce_share(share, part)
            add_share(share.dispute, "hold" if hold_pk else "unapplied", hold_pk, part)
            _count_anew(hold_pk, part, was=counted, now="lost_minor")
            left_minor -= part
    refunds = RefundShare.objects.select_for_update(of=("self",)).select_related("refund__payment__order")
    for refund_share in refunds.filter(refund__payment=payment, pot="loss", refund__status__in=LIVE).order_by("pk"):
        part = min(left_minor, refund_share.amount_minor)
        if part:
            _give_to_refund(refund_share, hold_pk, part, counted=counted)
            left_minor -= part
    return amount_minor - left_minor


def covered_minor(payment: Payment) -> int:
    """What disputes and refunds took of a payment when nothing of it was left, in minor units: so much may come back to
    it without going back to anybody."""
    lost = DisputeShare.objects.filter(dispute__payment=payment, pot="loss").aggregate(total=Sum("amount_minor"))
    given = RefundShare.objects.filter(refund__payment=payment, pot="loss", refund__status__in=LIVE)
    return int(lost["total"] or 0) + int(given.aggregate(total=Sum("amount_minor"))["total"] or 0)


def _pot_of(hold_pk: int | None) -> str:
    if hold_pk is None:
        return "unapplied"
    return "released" if EscrowHold.objects.only("status").get(pk=hold_pk).status == "released" else "escrow"


def _give_to_refund(share: RefundShare, hold_pk: int | None, minor: int, *, counted: Counted) -> None:
    mine, is_new = RefundShare.objects.get_or_create(
        refund=share.refund, pot=_pot_of(hold_pk), hold_id=hold_pk, defaults={"amount_minor": minor}
    )
    if not is_new:
        RefundShare.objects.filter(pk=mine.pk).update(amount_minor=F("amount_minor") + minor)
    if minor == share.amount_minor:
        share.delete()
    else:
        RefundShare.objects.filter(pk=share.pk).update(amount_minor=share.amount_minor - minor)
    _count_anew(hold_pk, minor, was=counted, now="returned_minor")
    order = share.refund.payment.order
    if order is not None and hold_pk and counted == "lost_minor" and share.refund.status == RefundStatus.SUCCEEDED:
        count_loss_as_refund(order, amount_minor=minor)


def _count_anew(hold_pk: int | None, minor: int, *, was: Counted, now: Counted) -> None:
    if hold_pk and was != now:
        EscrowHold.objects.filter(pk=hold_pk).update(**{was: F(was) - minor, now: F(now) + minor})


def add_share(dispute: Dispute, pot: str, hold_pk: int | None, minor: int) -> None:
    """A dispute has lost so much more, out of this pot."""
    share, is_new = DisputeShare.objects.get_or_create(
        dispute=dispute, pot=pot, hold_id=hold_pk, defaults={"amount_minor": minor}
    )
    if not is_new:
        DisputeShare.objects.filter(pk=share.pk).update(amount_minor=F("amount_minor") + minor)


def reduce_share(share: DisputeShare, minor: int) -> None:
    """So much of it is made good, or another's."""
    if minor == share.amount_minor:
        share.delete()
    else:
        DisputeShare.objects.filter(pk=share.pk).update(amount_minor=share.amount_minor - minor)
