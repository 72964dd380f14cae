"""Records what a gateway says of a refund, whoever told us, and books what moved."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Sum

from config.audit.services import move, record
from config.calls.models import GatewayCall
from config.calls.services import record_outcome
from config.calls.states import CallStatus
from config.inbox.storing import wake
from config.outbox.services import emit
from orders.order.queries import lock_order
from orders.order.services import record_refund_bounced, record_refunded
from payments.charges.models import Payment
from payments.charges.queries import lock_payment
from payments.disputes.models import DisputeShare
from payments.gateways.failures import GatewayFailure
from payments.gateways.refund_views import RefundState, RefundView
from payments.ledger import refund_recipes
from payments.ledger.services import post
from payments.refunds import rules
from payments.refunds.models import Refund
from payments.refunds.queries import find_refund, is_beside, is_past, lock_refund, pots
from payments.refunds.services.allocate import allocate
from payments.refunds.services.outside import keep_still, let_go
from payments.refunds.services.take_over import take_over_owed
from payments.refunds.states import REFUND_STATES, RefundStatus
from payments.watching.services import watch

NOTHING_NEW = "known already"
_STATUS = {
    RefundState.PENDING: RefundStatus.PENDING,
    RefundState.SUCCEEDED: RefundStatus.SUCCEEDED,
    RefundState.FAILED: RefundStatus.FAILED,
    RefundState.CANCELLED: RefundStatus.FAILED,
}


# When the gateway is first asked what became of a refund that it has not decided: its event may be lost.
UNDECIDED = timedelta(hours=1)
_OUTCOME = {
    RefundState.PENDING: CallStatus.PENDING,
    RefundState.SUCCEEDED: CallStatus.SUCCEEDED,
    RefundState.FAILED: CallStatus.DECLINED,
    RefundState.CANCELLED: CallStatus.DECLINED,
}


def observe_refund(*, refund: Refund, view: RefundView, actor: str, at: datetime) -> str:
    """Brings our refund up to what the gateway says of it, in the caller's transaction. Returns what was done.

    A fact that is older than what we know (`succeeded` told after `failed`) changes nothing: the gateway's failure is
    final for its object, and what a success and its bounce moved comes to nothing together.
    """
    lock_order(refund.payment.ref)
    lock_payment(refund.payment_id)
    refund = lock_refund(refund.pk)
    if is_beside(refund, view):
        return record_external(payment=refund.payment, view=view, actor=actor, at=at)
    if is_past(refund, view):
        return "known already: it was made anew since"
    _store_ids(refund, view, at=at)
    target = _STATUS[view.state]
    if target == RefundStatus.SUCCEEDED and (call := _refusal(refund)) is not None:
        move(refund, to=RefundStatus.SENDING, actor=actor, at=at, reason="the gateway refused it and made it after all")
        record_outcome(call=call, outcome=CallStatus.SUCCEEDED, at=at, external_id=view.refund_id)
    if refund.status == RefundStatus.APPROVED and _is_on_its_way(refund):
        move(refund, to=RefundStatus.SENDING, actor=actor, at=at, reason="the gateway has it")
    if target == refund.status or not REFUND_STATES.allows(refund.status, target):
        return NOTHING_NEW
    _settle_call(refund, view, at=at)
    if target == RefundStatus.SUCCEEDED:
        _succeed(refund, view, actor=actor, at=at)
    elif target == RefundStatus.FAILED:
        fail_refund(refund, view.failure or GatewayFailure(view.state), actor=actor, at=at, view=view)
    else:
        move(refund, to=target, actor=actor, at=at)
    return str(target)


def _store_ids(refund: Refund, view: RefundView, *, at: datetime) -> None:
    changes: dict[str, Any] = {}
    if not refund.gateway_refund_id:
        changes["gateway_refund_id"] = view.refund_id
    # Paid from our bank, it has that bank's reference: what the gateway still says of its own does not replace it.
    if view.reference not in ("", refund.reference) and refund.status != RefundStatus.PAID_OTHERWISE:
        changes["reference"] = view.reference
    if changes:
        Refund.objects.filter(pk=refund.pk).update(**changes)
        for name, value in changes.items():
            setattr(refund, name, value)
        wake([refund.public_id, view.refund_id], at=at)


def _refusal(refund: Refund) -> GatewayCall | None:
    """The call by which a refund failed, if the gateway refused to make one: no refund of its own has failed."""
    if refund.status != RefundStatus.FAILED or refund.bounces:
        return None
    return GatewayCall.objects.filter(
        subject_type="refund",
        subject_id=refund.public_id,
        operation="refund.create",
        request_facts__making=refund.sendings,
        status=CallStatus.DECLINED,
        external_id="",
    ).first()


def _is_on_its_way(refund: Refund) -> bool:
    return refund.gateway_refund_id is not None


def _settle_call(refund: Refund, view: RefundView, *, at: datetime) -> None:
    """The refund exists at the gateway, so the call that made it was executed, even if its answer was lost."""
    call = GatewayCall.objects.filter(
        subject_type="refund",
        subject_id=refund.public_id,
        operation="refund.create",
        status__in=(CallStatus.SENT, CallStatus.UNKNOWN, CallStatus.PENDING),
    ).first()
    if call is not None:
        record_outcome(
            call=call, outcome=_OUTCOME[view.state], at=at, external_id=view.refund_id, ask_at=at + UNDECIDED
        )


def of_the_order(refund: Refund) -> int:
    """How much of the refund is money that the order had taken, also where we gave it of our own pocket for a part of
    the order; the rest was never applied."""
    shares = refund.shares.filter(hold__isnull=False)
    return int(shares.aggregate(total=Sum("amount_minor"))["total"] or 0)


def _succeed(refund: Refund, view: RefundView, *, actor: str, at: datetime) -> None:
    move(refund, to=RefundStatus.SUCCEEDED, actor=actor, at=at, succeeded_at=at)
    Payment.objects.filter(pk=refund.payment_id).update(
        refunding_minor=F("refunding_minor") - refund.amount_minor,
        refunded_minor=F("refunded_minor") + refund.amount_minor,
    )
    post(
        refund_recipes.refund_succeeded(
            refund_id=refund.public_id,
            account=refund.gateway_account.code,
            amount=refund.amount,
            number=refund.bounces + 1,
            external_ref=view.refund_id,
        ),
        actor=actor,
        at=at,
        effective_at=view.at,
    )
    order = refund.payment.order
    if order is not None and (amount_minor := of_the_order(refund)):
        record_refunded(order, amount_minor=amount_minor, actor=actor, at=at)
    watch(kind="bounce", ref=refund.public_id, account=refund.gateway_account.code, at=at)
    emit(
        "refund.succeeded",
        fact_key=f"{refund.public_id}:{refund.bounces + 1}",
        payload={"refund": refund.public_id},
        at=at,
    )


def fail_refund(
    refund: Refund, failure: GatewayFailure, *, actor: str, at: datetime, view: RefundView | None = None
) -> None:
    """Failed, perhaps after it had succeeded: the money is still owed, and a person decides how it is given."""
    bounced = refund.status == RefundStatus.SUCCEEDED
    move(
        refund,
        to=RefundStatus.FAILED,
        actor=actor,
        at=at,
        reason=failure.code,
        failure_code=failure.code[:80],
        failure_detail=failure.detail[:300],
        bounces=refund.bounces + bounced,
    )
    if bounced:
        Payment.objects.filter(pk=refund.payment_id).update(
            refunding_minor=F("refunding_minor") + refund.amount_minor,
            refunded_minor=F("refunded_minor") - refund.amount_minor,
        )
        post(
            refund_recipes.refund_bounced(
                refund_id=refund.public_id,
                account=refund.gateway_account.code,
                amount=refund.amount,
                number=refund.bounces,
                external_ref=(view.failure_balance_transaction_id or view.refund_id) if view else "",
            ),
            actor=actor,
            at=at,
            effective_at=view.at if view else at,
        )
        if refund.payment.order is not None and (amount_minor := of_the_order(refund)):
            record_refund_bounced(
                refund.payment.order, amount_minor=amount_minor, actor=actor, at=at, reason=failure.code
            )
    emit(
        "refund.failed",
        fact_key=f"{refund.public_id}:{refund.bounces}:{failure.code}",
        payload={"refund": refund.public_id},
        at=at,
    )


def record_external(*, payment: Payment, view: RefundView, actor: str, at: datetime) -> str:
    """A refund that was made in the gateway's own dashboard: recorded and booked as it is, in the caller's
    transaction, which holds the locks of order and payment. One row per gateway refund.

    It first gives what we owe by refunds of ours that the gateway does not have. One that is pending may come to
    nothing: it freezes the holds, and is booked when it succeeds. Raises RefundInFlight.

    One that failed before we knew of it is kept as cancelled: nothing is owed for it, and an older event which still
    calls it succeeded finds it and changes nothing.
    """
    if view.state == RefundState.PENDING:
        keep_still(payment, view, actor=actor, at=at)
        return f"external refund of {view.amount} is pending at the gateway"
    let_go(payment, view, actor=actor, at=at)
    is_over = view.state in (RefundState.FAILED, RefundState.CANCELLED)
    refund = Refund.objects.create(
        payment=payment,
        gateway_account_id=payment.gateway_account_id,
        gateway_refund_id=view.refund_id,
        charge_id=view.charge_id,
        amount_minor=view.amount.amount_minor,
        currency=view.amount.currency,
        status=RefundStatus.CANCELLED if is_over else RefundStatus.PENDING,
        cause="external",
        cause_key=f"external:{payment.gateway_account.code}:{view.refund_id}",
        reason="made at the gateway",
        requested_by=actor,
        failure_code=view.failure.code[:80] if view.failure else "",
        created_at=at,
        approved_at=None if is_over else at,
        reference=view.reference,
    )
    record(refund, act="seen at the gateway", actor=actor, at=at, to_state=refund.status)
    if is_over:
        return f"external refund of {view.amount} came to nothing"
    owed_minor = take_over_owed(refund=refund, actor=actor, at=at)
    taken = rules.take_external(
        amount_minor=view.amount.amount_minor - owed_minor,
        unapplied_minor=_unapplied_left(payment),
        pots=pots(payment),
    )
    allocate(
        refund=refund,
        unapplied_minor=taken.unapplied_minor,
        holds=taken.holds,
        loss_minor=taken.loss_minor,
        actor=actor,
        at=at,
    )
    observe_refund(refund=refund, view=view, actor=actor, at=at)
    return f"external refund of {view.amount} {view.state}"


def _unapplied_left(payment: Payment) -> int:
    taken = Refund.objects.filter(payment=payment, shares__pot="unapplied").exclude(
        status__in=[RefundStatus.VOIDED, RefundStatus.REJECTED, RefundStatus.CANCELLED]
    )
    spent = int(taken.aggregate(total=Sum("shares__amount_minor"))["total"] or 0)
    lost = DisputeShare.objects.filter(dispute__payment=payment, pot="unapplied")
    spent += int(lost.aggregate(total=Sum("amount_minor"))["total"] or 0)
    return max(0, payment.unapplied_minor - spent)


def record_seen(*, payment: Payment, refund: Refund | None, view: RefundView, actor: str, at: datetime) -> str:
    """One door for both: a refund of ours is brought up to date, another one is recorded."""
    with transaction.atomic():
        lock_order(payment.ref)
        payment = lock_payment(payment.pk)
        # Looked for again: two events of one refund, and the other was faster to the lock.
        refund = refund or find_refund(account=payment.gateway_account.code, view=view)
        if refund is not None:
            return observe_refund(refund=refund, view=view, actor=actor, at=at)
        return record_external(payment=payment, view=view, actor=actor, at=at)
