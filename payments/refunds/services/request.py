"""Starts the refunds that the machine owes: money nobody may keep, and holds that were not delivered."""

from __future__ import annotations

from datetime import datetime

from config.audit.services import move
from config.kernel.errors import Conflict
from config.kernel.money import Money
from config.outbox.services import emit
from payments.charges.models import Payment
from payments.escrow.models import EscrowHold
from payments.refunds import rules
from payments.refunds.models import Refund
from payments.refunds.queries import refundable_of
from payments.refunds.services.allocate import allocate
from payments.refunds.states import RefundStatus

MACHINE = "system:refunds"


class ExceedsRefundable(Conflict):
    """More than what is left of this payment would be given back."""

    code = "exceeds_refundable"


def refund_unapplied(
    *,
    payment: Payment,
    fact: str,
    amount: Money,
    why: str,
    at: datetime,
    charge_id: str = "",
    is_away: bool = False,
) -> Refund:
    """Captured money that no debt may take goes back, once per fact; in the caller's transaction and locks.

    `charge_id`: what it was taken by, and is given back from, where that may be another than the payment's first.
    `is_away`: a dispute has it at the moment, so that it is owed and cannot be sent yet.
    """
    if not is_away:
        _check_left(payment, amount)
    refund = _open(
        payment,
        amount,
        cause="unapplied",
        cause_key=f"unapplied:{fact}",
        reason=why,
        actor=MACHINE,
        at=at,
        charge_id=charge_id,
    )
    allocate(refund=refund, unapplied_minor=amount.amount_minor, holds={}, loss_minor=0, actor=MACHINE, at=at)
    return refund


def refund_hold(*, hold: EscrowHold, cause: str, actor: str, reason: str, at: datetime) -> Refund:
    """Gives back all that a hold keeps, once per hold; in the caller's transaction and locks."""
    amount = Money(hold.remaining_minor, hold.currency)
    payment = Payment.objects.select_related("gateway_account").get(pk=hold.payment_id)
    _check_left(payment, amount)
    refund = _open(
        payment, amount, cause=cause, cause_key=f"{cause}:{hold.public_id}", reason=reason, actor=actor, at=at
    )
    allocate(refund=refund, unapplied_minor=0, holds={hold.pk: amount.amount_minor}, loss_minor=0, actor=actor, at=at)
    return refund


def _check_left(payment: Payment, amount: Money) -> None:
    # What is asked for and not decided takes nothing yet, and never keeps back what is owed: it is looked at again.
    left_minor = refundable_of(payment, requested=False)
    verdict = rules.may_refund(amount_minor=amount.amount_minor, refundable=left_minor)
    if not verdict:
        raise ExceedsRefundable(verdict.detail)


def _open(
    payment: Payment,
    amount: Money,
    *,
    cause: str,
    cause_key: str,
    reason: str,
    actor: str,
    at: datetime,
    charge_id: str = "",
) -> Refund:
    refund = Refund.objects.create(
        payment=payment,
        gateway_account_id=payment.gateway_account_id,
        charge_id=charge_id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        cause=cause,
        cause_key=cause_key,
        reason=reason,
        requested_by=actor,
        created_at=at,
    )
    # What the machine owes needs no second person: nobody chose it.
    move(refund, to=RefundStatus.APPROVED, actor=MACHINE, at=at, reason=reason, approved_by=MACHINE, approved_at=at)
    emit("refund.approved", fact_key=refund.public_id, payload={"refund": refund.public_id}, at=at)
    return refund
