"""What money has to say about tickets: whether they may go, and what becomes of it when their provider has spoken.

What the listeners hear is `{"fulfilment": its public id}` with whatever else the topic carries; told twice, they do
nothing the second time."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from config.audit.services import move
from config.kernel.errors import Refused
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.queries import lock_fulfilment
from orders.fulfilment.services import arrive, begin_cancelling, finish_cancelling, leave_to_review, take_back
from orders.fulfilment.states import FulfilmentStatus
from orders.order.models import Order
from orders.order.queries import lock_order
from orders.tickets.queries import tickets_are_out
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.states import TransferStatus
from payments.charges.queries import lock_payment
from payments.escrow.models import EscrowHold
from payments.escrow.queries import lock_hold
from payments.escrow.services.freeze import OPERATOR, freeze_hold, unfreeze_hold
from payments.escrow.services.release import HoldFrozen, HoldNotHeld
from payments.escrow.states import HoldStatus
from payments.refunds.models import Refund
from payments.refunds.services.by_staff import cancel_by_staff, one_at_a_time, request_refund
from payments.refunds.services.plan import Wish
from payments.refunds.services.request import refund_hold
from payments.refunds.states import RefundStatus

log = logging.getLogger(__name__)
PROVIDER = "system:ticket_transfers"
REVIEW = "review"
_DONE = (FulfilmentStatus.DELIVERED, FulfilmentStatus.COMPLETED)


def check_may_go(*, fulfilment: Fulfilment) -> None:
    """Before its tickets go to a provider: all of its money is held for the seller, and nothing keeps it still. A
    dispute, a refund that was asked for, or one made at the gateway keeps the tickets here. Raises HoldNotHeld,
    HoldFrozen."""
    hold = EscrowHold.objects.filter(fulfilment=fulfilment).first()
    if hold is None:
        raise HoldNotHeld("nothing was paid for it")
    if hold.status == HoldStatus.FROZEN:
        raise HoldFrozen("its money is frozen, so that its tickets stay here")
    if hold.status != HoldStatus.HELD or hold.remaining_minor != hold.amount_minor:
        raise HoldNotHeld("not all of its money is held any more")


def follow_accepted(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `ticket_transfer.accepted`: the buyer has the tickets. The part is delivered, also one that was being
    cancelled or nobody knew about; its money is released after the delay. Not where the provider has contradicted it
    since."""
    with transaction.atomic():
        order, part = _lock(payload)
        if _has_transfer(part, TransferStatus.REVIEW):
            return
        if part.status == FulfilmentStatus.CANCELLED:
            log.error("accepted tickets of a part that is cancelled", extra={"fulfilment": part.public_id})
            _lift(part, note="the buyer has the tickets", at=at)
            return
        arrive(fulfilment=part, order=order, actor=PROVIDER, at=at, policy=settings.POLICY, reason="the buyer accepted")
        _lift(part, note="the provider says that the buyer has the tickets", at=at)


def follow_ended(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `ticket_transfer.ended` (declined, expired, cancelled, failed): the buyer gets nothing any more. The
    tickets are their seller's and the buyer's refund is owed, in one commit. Where it is the word of a person of ours,
    it counts as their request of that refund, and above the threshold waits for a second one.

    Where the provider has said something else since, that counts: what is heard late gives nobody any money."""
    with transaction.atomic():
        if _is_of_a_person(payload):
            one_at_a_time(payload["by"])
        order, part = _lock(payload)
        if _has_transfer(part, TransferStatus.REVIEW, TransferStatus.ACCEPTED):
            return
        if part.status == FulfilmentStatus.DELIVERED and _is_reviewed(part) and _is_of_a_person(payload):
            _ask_for_refund(part, payload, at=at)
            return
        if part.status == FulfilmentStatus.CANCELLED:
            _lift(part, note="the provider says that nobody else has the tickets", at=at)
            return
        if part.status in _DONE:
            return
        if part.status == FulfilmentStatus.REVIEW and _is_theirs_alone(part, payload):
            reason = str(payload.get("why") or "nobody has the tickets")
            cancel_by_staff(
                fulfilment_pk=part.pk, requester=payload["by"], reason=reason, policy=settings.POLICY, at=at
            )
            return
        reason = f"the transfer is {payload.get('state') or 'over'}"
        take_back(fulfilment=part, order=order, actor=PROVIDER, at=at, reason=reason)
        _give_money_back(part, reason=reason, at=at)


def _is_theirs_alone(part: Fulfilment, payload: Mapping[str, Any]) -> bool:
    """A person decides what becomes of the money, and nothing but their review keeps it still."""
    hold = EscrowHold.objects.filter(fulfilment=part).first()
    if hold is None or hold.status not in (HoldStatus.HELD, HoldStatus.FROZEN):
        return False
    others = hold.freezes.filter(lifted_at__isnull=True).exclude(reason=REVIEW)
    return _is_of_a_person(payload) and not others.exists()


def _is_of_a_person(payload: Mapping[str, Any]) -> bool:
    return str(payload.get("by", "")).startswith("user:")


def _has_transfer(part: Fulfilment, *statuses: TransferStatus) -> bool:
    """Something else was said of it after what is heard now; that fact is heard next."""
    return TicketTransfer.objects.filter(fulfilment=part, status__in=statuses).exists()


def follow_unanswered(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `ticket_transfer.unanswered`: nobody knows where the tickets are. Neither they nor the money move
    until a person has found out, or the provider speaks after all; nor the money of a part that stands as delivered, by
    the word of staff or of a provider that contradicts itself, nor what a dispute has kept of one that is cancelled."""
    with transaction.atomic():
        _, part = _lock(payload)
        reason = "the provider does not say what became of the transfer"
        if part.status in (FulfilmentStatus.AWAITING, FulfilmentStatus.CANCELLING):
            leave_to_review(fulfilment=part, actor=PROVIDER, at=at, reason=reason)
        elif part.status not in (FulfilmentStatus.DELIVERED, FulfilmentStatus.CANCELLED):
            return
        hold = _lock_money(part)
        if hold is not None and hold.status in (HoldStatus.HELD, HoldStatus.FROZEN):
            freeze_hold(hold_pk=hold.pk, reason=REVIEW, ref=part.public_id, actor=PROVIDER, note=reason, at=at)


def _is_reviewed(part: Fulfilment) -> bool:
    return EscrowHold.objects.filter(
        fulfilment=part, freezes__reason=REVIEW, freezes__ref=part.public_id, freezes__lifted_at__isnull=True
    ).exists()


def _ask_for_refund(part: Fulfilment, payload: Mapping[str, Any], *, at: datetime) -> None:
    """A person has found out that the buyer of a part that stands as delivered has nothing: they ask for its money.
    Where it cannot be asked for now (a bank has it until it decides a dispute), it stands still in their name instead:
    it never becomes the seller's by the review alone being over."""
    reason, by = str(payload.get("why") or "nobody has the tickets"), payload["by"]
    _lift(part, note=reason, at=at)
    hold = EscrowHold.objects.filter(fulfilment=part).first()
    if hold is None or hold.status not in (HoldStatus.HELD, HoldStatus.FROZEN):
        return  # the buyer has it
    wish, order = Wish(fulfilment=part.public_id), part.order.public_id
    try:
        with transaction.atomic():
            request_refund(order_id=order, wish=wish, reason=reason, requester=by, policy=settings.POLICY, at=at)
    except Refused as refusal:
        note = f"the buyer got nothing ({reason}), and a refund is refused now: {refusal.code}"
        freeze_hold(hold_pk=hold.pk, reason=OPERATOR, actor=by, note=note, at=at)


def follow_review(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `fulfilment.reviewed`: a person says whether the buyer has the tickets."""
    with transaction.atomic():
        _, part = _lock(payload)
        _lift(part, note="a person says who has the tickets", at=at)


def follow_emptied(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `hold.emptied`: all of a part's money went, by a refund at the gateway or a lost dispute, before its
    tickets arrived. They go back to their seller, or are called back where a provider has them."""
    with transaction.atomic():
        order, part = _lock(payload)
        if part.status != FulfilmentStatus.AWAITING:
            return
        hold = EscrowHold.objects.filter(fulfilment=part).first()
        if hold is None or hold.status != HoldStatus.RETURNED:
            return  # it came back meanwhile
        reason = "all of its money went back"
        begin_cancelling(fulfilment=part, actor=PROVIDER, at=at, reason=reason)
        if not tickets_are_out(part.pk):
            finish_cancelling(fulfilment=part, order=order, actor=PROVIDER, at=at, reason=reason)


def _lock(payload: Mapping[str, Any]) -> tuple[Order, Fulfilment]:
    part = Fulfilment.objects.select_related("order").get(public_id=payload["fulfilment"])
    return lock_order(part.order.public_id), lock_fulfilment(part.pk)


def _lock_money(part: Fulfilment) -> EscrowHold | None:
    payment_pk = EscrowHold.objects.filter(fulfilment=part).values_list("payment_id", flat=True).first()
    if payment_pk is None:
        return None
    lock_payment(payment_pk)
    return lock_hold(part)


def _lift(part: Fulfilment, *, note: str, at: datetime) -> None:
    hold = _lock_money(part)
    if hold is not None:
        unfreeze_hold(hold_pk=hold.pk, reason=REVIEW, ref=part.public_id, actor=PROVIDER, note=note, at=at)


def _give_money_back(part: Fulfilment, *, reason: str, at: datetime) -> None:
    """All that the hold keeps, now. Where a dispute or an operator keeps it still, the sweep that gives back the money
    of cancelled parts does it once that is over. What somebody asked to be given back is given by this."""
    if _lock_money(part) is None:
        return
    _withdraw_requests(part, reason=reason, at=at)
    _lift(part, note=reason, at=at)
    hold = lock_hold(part)
    if hold is not None and hold.status == HoldStatus.HELD:
        refund_hold(hold=hold, cause="transfer_ended", actor=PROVIDER, reason=reason, at=at)


def _withdraw_requests(part: Fulfilment, *, reason: str, at: datetime) -> None:
    """A refund of this part alone that waits for a second person is not needed any more: the machine owes all of it."""
    asked = Refund.objects.filter(status=RefundStatus.REQUESTED, shares__hold__fulfilment=part).distinct()
    for refund in asked.exclude(shares__hold__fulfilment__in=part.order.fulfilments.exclude(pk=part.pk)).order_by("pk"):
        move(refund, to=RefundStatus.CANCELLED, actor=PROVIDER, at=at, reason=reason)
        for hold_pk in sorted(set(refund.shares.values_list("hold_id", flat=True)) - {None}):
            unfreeze_hold(
                hold_pk=hold_pk, reason="refund_requested", ref=refund.public_id, actor=PROVIDER, note=reason, at=at
            )
