"""Records what a gateway says of a dispute, whoever told us: money by its movements, labels by the table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from config.audit.services import move, record
from config.kernel.money import Money
from config.outbox.services import emit
from orders.order.queries import lock_order
from payments.charges.models import Payment
from payments.charges.queries import lock_payment
from payments.disputes import rules
from payments.disputes.models import NOBODY_ASKED, Dispute, DisputeMovement
from payments.disputes.queries import find_dispute, lock_dispute
from payments.disputes.services.counting import count_disputes
from payments.disputes.services.keeping import keep_for, let_go
from payments.disputes.services.losing import settle_loss
from payments.disputes.services.standing import (
    give_back_nobodys,
    keep_still,
    let_go_of_cancelled,
    moves_of,
    stand_still,
)
from payments.disputes.states import ANSWERABLE, DISPUTE_STATES, DisputeStatus
from payments.gateways.dispute_views import DisputeMovement as Movement
from payments.gateways.dispute_views import DisputeState, DisputeView
from payments.ledger.dispute_recipes import dispute_moved
from payments.ledger.services import post


def observe_dispute(*, payment: Payment, view: DisputeView, told_at: datetime | None, actor: str, at: datetime) -> str:
    """Brings our dispute up to what the gateway says of its own, in one transaction. Returns what was done.

    `told_at` is the gateway's time of what it says; None for what it says now. Movements are facts: each is booked
    once, whatever the order of arrival. A label moves only to a younger one; what the table has no single step for is
    walked, because the gateway does not tell everything. What is lost follows from both, so that the end is the same
    in whatever order they come. Locks order, payment, dispute, holds, in that order.
    """
    with transaction.atomic():
        lock_order(payment.ref)
        payment = lock_payment(payment.pk)
        dispute, is_new = _find_or_open(payment, view, told_at=told_at, actor=actor, at=at)
        movements = (*view.movements, *_change_of_level(dispute, view, is_new=is_new, told_at=told_at, at=at))
        booked = _book_movements(dispute, movements, actor=actor, at=at)
        status = _label(dispute, view, told_at, at)
        moved, nobodys_minor = _move(dispute, status, view, told_at=told_at, actor=actor, at=at)
        if is_new or booked or moved:
            count_disputes(dispute.payment, actor=actor, at=at, reason=f"{dispute.public_id} {dispute.status}")
        if nobodys_minor:
            give_back_nobodys(dispute, nobodys_minor, at=at)
        if is_new or moved:
            stand_still(dispute, actor=actor, at=at)
        keep_still(dispute.payment, actor=actor, at=at)
        let_go_of_cancelled(dispute.payment, actor=actor, at=at)
        if rules.is_open(dispute.status) and (is_new or moved):
            keep_for(dispute, actor=actor, at=at)
        done = [*(["opened"] if is_new else []), *(["booked"] if booked else []), *([dispute.status] if moved else [])]
    return f"{dispute.public_id}: {', '.join(done) or 'known already'}"


def _find_or_open(
    payment: Payment, view: DisputeView, *, told_at: datetime | None, actor: str, at: datetime
) -> tuple[Dispute, bool]:
    account = payment.gateway_account.code
    known = find_dispute(account=account, gateway_dispute_id=view.dispute_id)
    if known is not None:
        return lock_dispute(known.pk), False
    policy = settings.POLICY
    # What is lost begins one step before: its loss is booked with the move.
    status = DisputeStatus.NEEDS_RESPONSE if view.state == DisputeState.LOST else DisputeStatus(view.state)
    dispute = Dispute.objects.create(
        payment=payment,
        gateway_account_id=payment.gateway_account_id,
        gateway_dispute_id=view.dispute_id,
        charge_id=view.charge_id,
        amount_minor=view.amount.amount_minor,
        currency=view.amount.currency,
        status=status,
        closed_at=None if rules.is_open(status) else at,
        bearer=rules.who_bears(
            reason=view.reason,
            bearer=policy.dispute_bearer,
            platform_bears_reasons=policy.dispute_platform_bears_reasons,
        ),
        opened_at=view.opened_at,
        label_at=min(view.opened_at, told_at or at),
        remind_at=at,  # the first letter says that it came in
        seen_at=at,
        created_at=at,
    )
    record(dispute, act="opened", actor=actor, at=at, to_state=dispute.status, reason=view.reason)
    emit("dispute.opened", fact_key=dispute.public_id, payload={"dispute": dispute.public_id}, at=at)
    dispute = lock_dispute(dispute.pk)
    _describe(dispute, view, at=at, changes={})
    return dispute, True


def _change_of_level(
    dispute: Dispute, view: DisputeView, *, is_new: bool, told_at: datetime | None, at: datetime
) -> tuple[Movement, ...]:
    """Where a gateway says how much is away instead of what moved, the difference to what we have is a movement, each
    with a number of its own: it may be taken, given back and taken again. Only what it says now is believed, or the
    first that we hear of it: of two events nobody knows which is the younger, and a level is no fact that commutes."""
    is_present = is_new or (told_at is None and dispute.seen_at <= at)
    if view.away_minor is None or not is_present or view.away_minor == dispute.withdrawn_minor:
        return ()
    number = dispute.movements.count() + 1
    moved = Money(dispute.withdrawn_minor - view.away_minor, view.amount.currency)
    transaction_id = f"{view.dispute_id}:{number}"
    return (Movement(transaction_id=transaction_id, amount=moved, fee_minor=0, at=told_at or at),)


def _book_movements(dispute: Dispute, movements: tuple[Movement, ...], *, actor: str, at: datetime) -> bool:
    """[23, 24] Each one once. Its sum is written with the label, in one statement."""
    account = dispute.gateway_account
    known = set(
        DisputeMovement.objects.filter(
            gateway_account=account, transaction_id__in=[each.transaction_id for each in movements]
        ).values_list("transaction_id", flat=True)
    )
    news = [each for each in movements if each.transaction_id not in known]
    for each in news:
        settled = each.settled or each.amount
        DisputeMovement.objects.create(
            dispute=dispute,
            gateway_account=account,
            transaction_id=each.transaction_id,
            amount_minor=each.amount.amount_minor,
            settled_minor=settled.amount_minor,
            settled_currency=settled.currency,
            fee_minor=each.fee_minor,
            moved_at=each.at,
            seen_at=at,
        )
        entry = dispute_moved(
            dispute_id=dispute.public_id,
            account=account.code,
            transaction_id=each.transaction_id,
            amount=each.amount,
            settled=each.settled,
            fee=Money(each.fee_minor, settled.currency),
        )
        if entry is not None:
            post(entry, actor=actor, at=at, effective_at=each.at)
        dispute.withdrawn_minor -= each.amount.amount_minor
    return bool(news)


def _label(dispute: Dispute, view: DisputeView, told_at: datetime | None, at: datetime) -> str:
    """Where the dispute stands after this: the told label where it is younger, else the one we have. An answer to our
    question is believed unless somebody else had a word after `at`, when we began to ask."""
    if told_at is None:
        return str(view.state) if dispute.seen_at <= at else dispute.status
    is_news = rules.is_news(known=dispute.status, known_at=dispute.label_at, told=view.state, told_at=told_at)
    return str(view.state) if is_news else dispute.status


def _move(
    dispute: Dispute, status: str, view: DisputeView, *, told_at: datetime | None, actor: str, at: datetime
) -> tuple[bool, int]:
    """Moves the label step by step, and settles the loss that goes with the last of them; the dispute's columns are
    written once with it. A label that the table has no way to is recorded and left. Returns whether it moved, and how
    much came back that nobody may keep."""
    steps = rules.way(DISPUTE_STATES, dispute.status, status)
    if steps is None:
        record(dispute, act="label refused", actor=actor, at=at, from_state=dispute.status, to_state=status)
        steps, status = (), dispute.status
    target = rules.loss_minor(status=status, withdrawn_minor=dispute.withdrawn_minor)
    withdrawn_minor = dispute.withdrawn_minor
    if steps and not rules.is_open(steps[-1]):
        let_go(dispute, actor=actor, at=at)
    nobodys_minor = settle_loss(dispute, target_minor=target, actor=actor, at=at)
    sums: dict[str, Any] = {"withdrawn_minor": withdrawn_minor, "losses": dispute.losses, "lost_minor": target}
    changes: dict[str, Any] = {}
    is_young = dispute.seen_at <= at if told_at is None else told_at >= dispute.label_at
    if is_young:
        # Gateways tell in whole seconds: what they say of this same second is not older than their answer.
        changes = {"label_at": told_at or max(at.replace(microsecond=0), dispute.label_at)}
    if is_young and (steps or told_at != dispute.label_at):
        changes |= {"seen_at": max(at, dispute.seen_at)}
    for step in steps[:-1]:
        move(dispute, to=step, actor=actor, at=at, reason="on the way", **(sums | {"lost_minor": 0}))
    if steps:
        is_open = rules.is_open(steps[-1])
        changes |= {"closed_at": None if is_open else at, **NOBODY_ASKED}
        move(dispute, to=steps[-1], actor=actor, at=at, reason=view.reason, **sums, **changes)
        fact = f"{dispute.public_id}:{dispute.status}:{moves_of(dispute)}"
        if is_open:
            emit("dispute.moved", fact_key=fact, payload={"dispute": dispute.public_id}, at=at)
        else:
            emit("dispute.closed", fact_key=fact, payload={"dispute": dispute.public_id}, at=at)
    else:
        _write(dispute, sums)
    if "label_at" in changes:
        if steps and dispute.status in ANSWERABLE:
            dispute.remind_at = at  # another phase begins, with a deadline of its own: that is told at once
        _describe(dispute, view, at=at, changes={} if steps else changes)
    return bool(steps), nobodys_minor


def _describe(dispute: Dispute, view: DisputeView, *, at: datetime, changes: dict[str, Any]) -> None:
    """What else the gateway says of it, and when somebody must be reminded next."""
    changes = changes | {
        "phase": view.phase[:40],
        "reason": view.reason[:80],
        "network_reason": view.network_reason[:40],
        "evidence_due_at": view.evidence_due_at,
        "is_submitted": view.is_submitted,
        "amount_minor": view.amount.amount_minor,
        "remind_at": rules.next_reminder(
            status=dispute.status,
            is_submitted=view.is_submitted,
            evidence_due_at=view.evidence_due_at,
            days=settings.POLICY.dispute_reminder_days,
            at=at,
            unsent=dispute.remind_at,
        ),
    }
    _write(dispute, changes)


def _write(dispute: Dispute, columns: dict[str, Any]) -> None:
    """What of these columns is news; facts are told twice."""
    stored = Dispute.objects.filter(pk=dispute.pk).values(*columns).get()
    news = {name: value for name, value in columns.items() if stored[name] != value}
    if news:
        Dispute.objects.filter(pk=dispute.pk).update(**news)
    for name, value in columns.items():
        setattr(dispute, name, value)
