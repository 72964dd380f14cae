"""Tells payment and order what their disputes have away from them now."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum

from orders.order.services import record_disputes
from payments.charges.models import Payment
from payments.disputes import rules
from payments.disputes.models import Dispute, DisputeShare


def count_disputes(payment: Payment, *, actor: str, at: datetime, reason: str = "") -> None:
    """Sums the disputes of a payment onto it and onto its order, in the caller's transaction, which holds the locks of
    both. Told again, nothing changes."""
    disputes = list(Dispute.objects.filter(payment=payment))
    Payment.objects.filter(pk=payment.pk).update(
        open_disputes=sum(rules.is_open(dispute.status) for dispute in disputes),
        # A dispute in another currency is none of the sums of this payment: it is our loss.
        disputed_minor=sum(max(0, each.withdrawn_minor) for each in disputes if each.currency == payment.currency),
    )
    payment.refresh_from_db(fields=["open_disputes", "disputed_minor"])
    if payment.order is None:
        return
    of_order = Payment.objects.filter(order=payment.order)
    away: dict[int, int] = dict.fromkeys(of_order.values_list("pk", flat=True), 0)
    for each in Dispute.objects.filter(payment__in=of_order).select_related("payment"):
        if each.currency == each.payment.currency:
            away[each.payment_id] += rules.in_dispute_minor(status=each.status, withdrawn_minor=each.withdrawn_minor)
    applied = dict(of_order.values_list("pk", "applied_minor"))
    lost = DisputeShare.objects.filter(dispute__payment__in=of_order, hold__isnull=False)
    record_disputes(
        payment.order,
        disputed_minor=sum(min(minor, applied[pk]) for pk, minor in away.items()),
        lost_minor=int(lost.aggregate(total=Sum("amount_minor"))["total"] or 0),
        actor=actor,
        at=at,
        reason=reason,
    )
