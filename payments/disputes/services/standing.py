"""Keeps the money of a disputed payment where it is while the dispute is undecided, and lets it go after."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from config.audit.models import AuditEntry
from config.kernel.money import Money
from config.outbox.services import emit
from orders.tickets.transfers.states import TransferStatus
from payments.charges.models import Payment
from payments.disputes import rules
from payments.disputes.models import Dispute
from payments.disputes.states import OPEN
from payments.escrow.models import EscrowHold, HoldFreeze
from payments.escrow.services.freeze import freeze_hold, unfreeze_hold
from payments.refunds.models import Refund
from payments.refunds.services.request import refund_hold, refund_unapplied
from payments.refunds.states import RefundStatus

FREEZE = "dispute"
# Holds that nobody will ever release: what they have belongs to the buyer, unless it is said after all that the buyer
# has the tickets: then nobody but a person gives the money too.
OF_CANCELLED = Q(status="held", fulfilment__status="cancelled") & ~Q(
    fulfilment__transfers__status__in=(TransferStatus.REVIEW, TransferStatus.ACCEPTED)
)


def stand_still(dispute: Dispute, *, actor: str, at: datetime) -> None:
    """Open: every hold of the payment that keeps something is frozen. Decided: it is free of this dispute again, and
    refunds that waited for the decision are sent. In the caller's transaction and under its locks."""
    if rules.is_open(dispute.status):
        _freeze(dispute, actor=actor, at=at)
        return
    frozen = HoldFreeze.objects.filter(reason=FREEZE, ref=dispute.public_id, lifted_at__isnull=True)
    for hold_pk in list(frozen.order_by("hold_id").values_list("hold_id", flat=True)):
        note = f"the dispute is {dispute.status}"
        unfreeze_hold(hold_pk=hold_pk, reason=FREEZE, ref=dispute.public_id, actor=actor, note=note, at=at)
    if not dispute.payment.open_disputes:
        _send_what_waited(dispute, at=at)


def keep_still(payment: Payment, *, actor: str, at: datetime) -> None:
    """What came back to an empty hold of this payment stands still as well, for each dispute that was opened when there
    was nothing to freeze; in the caller's transaction and under its locks."""
    for dispute in Dispute.objects.filter(payment=payment, status__in=OPEN).order_by("pk"):
        _freeze(dispute, actor=actor, at=at)


def _freeze(dispute: Dispute, *, actor: str, at: datetime) -> None:
    holds = EscrowHold.objects.filter(payment_id=dispute.payment_id, status__in=("held", "frozen"))
    for hold_pk in list(holds.order_by("pk").values_list("pk", flat=True)):
        note = f"{dispute.reason or 'dispute'}: {dispute.status}"
        freeze_hold(hold_pk=hold_pk, reason=FREEZE, ref=dispute.public_id, actor=actor, note=note, at=at)


def moves_of(dispute: Dispute) -> int:
    """How often its label has moved: a number for each move, where two may be of the same instant."""
    moved = AuditEntry.objects.filter(subject_type="dispute", subject_id=dispute.public_id, act="move")
    return moved.count()


def _send_what_waited(dispute: Dispute, *, at: datetime) -> None:
    """The jobs that would have sent them are done: they found the dispute open. So is that of a failed one which a
    person wanted made anew meanwhile; where its making was tried already, the job does nothing."""
    number = moves_of(dispute)
    owed = Refund.objects.filter(payment_id=dispute.payment_id)
    anew = Q(status=RefundStatus.FAILED, sendings__gt=1)
    for refund in owed.filter(Q(status=RefundStatus.APPROVED) | anew).order_by("pk"):
        making = {"again": refund.sendings} if refund.status == RefundStatus.FAILED else {}
        emit(
            "refund.approved",
            fact_key=f"{refund.public_id}:after:{dispute.public_id}:{number}",
            payload={"refund": refund.public_id, **making},
            at=at,
        )


def give_back_nobodys(dispute: Dispute, amount_minor: int, *, at: datetime) -> None:
    """Money came back that no debt could take when it was captured: it goes to the buyer, once the dispute is over."""
    refund_unapplied(
        payment=dispute.payment,
        fact=f"{dispute.gateway_dispute_id}:{dispute.losses}",
        charge_id=dispute.charge_id,
        amount=Money(amount_minor, dispute.currency),
        why="a dispute gave it back",
        at=at,
        is_away=True,
    )


def let_go_of_cancelled(payment: Payment, *, actor: str, at: datetime) -> bool:
    """Money that came back to the hold of a part that was cancelled meanwhile is owed to the buyer, who has neither
    the goods nor the money; in the caller's transaction and under its locks. False where there is none."""
    if payment.open_disputes:
        return False
    holds = list(EscrowHold.objects.filter(OF_CANCELLED, payment=payment).order_by("pk"))
    for hold in holds:
        times = Refund.objects.filter(cause__startswith="dispute_won", shares__hold=hold).distinct().count()
        cause = "dispute_won" if not times else f"dispute_won_{times + 1}"
        refund_hold(hold=hold, cause=cause, actor=actor, reason="it was cancelled while it was disputed", at=at)
    return bool(holds)
