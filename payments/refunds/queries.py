"""Reads of refunds."""

from __future__ import annotations

from payments.charges.models import Payment
from payments.gateways.contract import RefundView
from payments.refunds import rules
from payments.refunds.models import Refund
from payments.refunds.states import RefundStatus


def lock_refund(refund_pk: int) -> Refund:
    """The refund, locked until the transaction ends. Its order and payment are locked before it."""
    return (
        Refund.objects.select_for_update(of=("self",))
        .select_related("payment__gateway_account", "payment__order", "gateway_account")
        .get(pk=refund_pk)
    )


def find_refund(*, account: str, view: RefundView) -> Refund | None:
    """Ours by the gateway's id, else by our own id that travelled with it, if the rest of it is ours as well."""
    refunds = Refund.objects.select_related("payment").filter(gateway_account__code=account)
    if found := refunds.filter(gateway_refund_id=view.refund_id).first():
        return found
    marked = refunds.filter(public_id=view.our_id).first() if view.our_id else None
    return marked if marked is not None and is_that(marked, view) else None


def is_that(refund: Refund, view: RefundView) -> bool:
    """Whether the gateway's refund is this one of ours."""
    return rules.is_the_same(
        known_id=refund.gateway_refund_id,
        known_payment_id=refund.payment.gateway_payment_id,
        known=refund.amount,
        gateway_refund_id=view.refund_id,
        gateway_payment_id=view.gateway_payment_id,
        amount=view.amount,
    )


def has_refund_at_gateway(payment: Payment) -> bool:
    """Whether a refund of this payment is, or may be, with the gateway, which can still say that it came to nothing."""
    at_gateway = (RefundStatus.SENDING, RefundStatus.PENDING, RefundStatus.SUCCEEDED)
    return Refund.objects.filter(payment_id=payment.pk, status__in=at_gateway).exists()


def is_known(public_id: str) -> bool:
    """Whether a refund of ours has this id."""
    return Refund.objects.filter(public_id=public_id).exists()
