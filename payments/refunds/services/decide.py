"""A second person approves or rejects what somebody asked for; who asked may take it back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.audit.services import move
from config.kernel.errors import Conflict, FourEyes
from config.kernel.faultpoints import reached
from orders.order.models import Order
from orders.order.queries import lock_order
from orders.tickets.services.invalid import take_back_finding
from payments.refunds import rules
from payments.refunds.models import CANCELLED_BY_STAFF, Refund
from payments.refunds.services.book import book, check_waits, unfreeze
from payments.refunds.states import RefundStatus


class NotYourRequest(Conflict):
    """Only who asked for it takes it back; everybody else rejects it."""

    code = "not_your_request"


def approve_refund(*, refund_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """A second person lets it be given: it is posted, and sent right after the commit.

    False when it was approved already. Raises FourEyes for who asked for it, RefundDecided, ExceedsRefundable when
    the money went back meanwhile, and CannotCancel.
    """
    with transaction.atomic():
        order, refund = _lock(refund_pk)
        if refund.approved_at is not None and refund.cause_key.startswith("requested:"):
            return False
        check_waits(refund)
        verdict = rules.may_decide(requested_by=refund.requested_by, actor=actor)
        if not verdict:
            raise FourEyes(verdict.detail)
        book(order, [refund], actor=actor, reason=reason, at=at)
    reached("refund.decided")
    return True


def reject_refund(*, refund_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """It is not given; what it kept still is free again. False when it was rejected already. Raises RefundDecided."""
    return _end(refund_pk, RefundStatus.REJECTED, actor=actor, reason=reason, at=at)


def withdraw_refund(*, refund_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """Who asked for it takes it back. False when that was done. Raises NotYourRequest, RefundDecided."""
    return _end(refund_pk, RefundStatus.CANCELLED, actor=actor, reason=reason, at=at)


def _end(refund_pk: int, to: RefundStatus, *, actor: str, reason: str, at: datetime) -> bool:
    with transaction.atomic():
        _, refund = _lock(refund_pk)
        if to == RefundStatus.CANCELLED and refund.requested_by != actor:
            raise NotYourRequest
        if refund.status == to:
            return False
        check_waits(refund)
        move(refund, to=to, actor=actor, at=at, reason=reason)
        unfreeze(refund, actor=actor, note=f"the refund is {to}", at=at)
        if refund.cause == CANCELLED_BY_STAFF:
            parts = sorted({share.hold.fulfilment_id for share in refund.shares.all() if share.hold})
            take_back_finding(parts=parts, actor=actor, reason=reason, at=at)
    reached("refund.decided")
    return True


def _lock(refund_pk: int) -> tuple[Order, Refund]:
    """The order and the refund itself; what lies between them is locked where money moves."""
    refund = Refund.objects.select_related("payment").get(pk=refund_pk)
    order = lock_order(refund.payment.ref)
    return order, Refund.objects.select_related("payment__gateway_account", "payment__order").get(pk=refund_pk)
