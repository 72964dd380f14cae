"""Keeps still what a refund may take that somebody made at the gateway, until the gateway has decided it."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from payments.charges.models import Payment
from payments.escrow.models import EscrowHold, HoldFreeze
from payments.escrow.services.freeze import freeze_hold, unfreeze_hold
from payments.gateways.refund_views import RefundView
from payments.watching.services import watch

_PENDING = "refund_requested"
# A freeze names what it is for in this many characters; ids that somebody chose at the gateway may be longer.
_LONGEST = 36


def keep_still(payment: Payment, view: RefundView, *, actor: str, at: datetime) -> None:
    """Freezes the holds of the payment, and has the refund asked about until it is decided, because its event may be
    lost, in the caller's transaction."""
    for hold in EscrowHold.objects.filter(payment=payment, status__in=("held", "frozen")).order_by("pk"):
        note = "a refund made at the gateway is pending"
        freeze_hold(hold_pk=hold.pk, reason=_PENDING, ref=_freeze_ref(view), actor=actor, note=note, at=at)
    watch(kind="outside refund", ref=watch_ref(payment, view), account=payment.gateway_account.code, at=at)


def let_go(payment: Payment, view: RefundView, *, actor: str, at: datetime) -> None:
    """The refund is decided: what was frozen for it may move again."""
    frozen = HoldFreeze.objects.filter(
        hold__payment=payment, reason=_PENDING, ref=_freeze_ref(view), lifted_at__isnull=True
    )
    for hold_pk in list(frozen.order_by("hold_id").values_list("hold_id", flat=True)):
        note = "the refund at the gateway is decided"
        unfreeze_hold(hold_pk=hold_pk, reason=_PENDING, ref=_freeze_ref(view), actor=actor, note=note, at=at)


def watch_ref(payment: Payment, view: RefundView) -> str:
    """By what the refund is asked about: no row here is it yet."""
    return f"{payment.public_id}:{view.refund_id}"


def _freeze_ref(view: RefundView) -> str:
    """Two ids never share a freeze, however alike they begin."""
    refund_id = view.refund_id
    return refund_id if len(refund_id) <= _LONGEST else sha256(refund_id.encode()).hexdigest()[:_LONGEST]
