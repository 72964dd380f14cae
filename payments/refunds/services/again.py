"""A refund that failed is made anew at the gateway, because a person says so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from config.audit.services import record
from config.idempotency.services import Claim, remember_intent
from config.kernel.errors import Conflict
from config.kernel.faultpoints import reached
from config.outbox.services import emit
from config.proposals.services import ProposalOpen, waiting
from orders.order.queries import lock_order
from payments.charges.queries import lock_payment
from payments.refunds.models import FormerRefund, Refund
from payments.refunds.queries import lock_refund
from payments.refunds.states import RefundStatus


class RefundNotFailed(Conflict):
    """The refund has not failed, or its failure was settled already."""

    code = "refund_not_failed"


def lock_failed(refund_pk: int) -> Refund:
    """The refund, its order and payment locked, if it failed. Raises RefundNotFailed."""
    refund = Refund.objects.select_related("payment").get(pk=refund_pk)
    lock_order(refund.payment.ref)
    lock_payment(refund.payment_id)
    refund = lock_refund(refund_pk)
    if refund.status != RefundStatus.FAILED:
        raise RefundNotFailed(f"the refund is {refund.status}")
    return refund


def check_nothing_waits(refund: Refund) -> None:
    """Nobody proposes to end it another way. Raises ProposalOpen."""
    if waiting(refund.proposals.all()):
        raise ProposalOpen("somebody proposed to end this refund another way; that is decided first")


def send_again(*, refund_pk: int, actor: str, reason: str, at: datetime, claim: Claim | None = None) -> None:
    """A new call for what is still owed, under a new mark; what is told of the refund that failed changes nothing more.

    Raises RefundNotFailed, and ProposalOpen while somebody proposes to end it another way.
    """
    with transaction.atomic():
        refund = lock_failed(refund_pk)
        check_nothing_waits(refund)
        record(refund, act="send_again", actor=actor, at=at, reason=reason)
        make_anew(refund, at=at)
        remember_intent(claim=claim, intent_id=refund.public_id)
    reached("refund.made_anew")


def make_anew(refund: Refund, *, at: datetime) -> None:
    """Lets go of the gateway's refund that failed, and orders the job that makes another one; in the caller's
    transaction, which holds the refund's lock."""
    if refund.gateway_refund_id:
        FormerRefund.objects.create(
            refund=refund,
            gateway_account_id=refund.gateway_account_id,
            gateway_refund_id=refund.gateway_refund_id,
            replaced_at=at,
        )
    refund.gateway_refund_id, refund.sendings = None, refund.sendings + 1
    Refund.objects.filter(pk=refund.pk).update(gateway_refund_id=None, sendings=refund.sendings)
    emit(
        "refund.approved",
        fact_key=f"{refund.public_id}:again:{refund.sendings}",
        payload={"refund": refund.public_id, "again": refund.sendings},
        at=at,
    )
