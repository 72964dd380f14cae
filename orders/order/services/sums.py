"""Books what money did to an order: applied, given back, bounced; and how many attempts are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from config.kernel.errors import Conflict
from config.kernel.ids import new_id
from config.outbox.services import emit
from orders.fulfilment.models import Fulfilment
from orders.order import rules
from orders.order.models import Order, OrderLine
from orders.order.queries import lock_again
from orders.order.services.status import settle
from orders.order.states import OrderStatus
from orders.tickets.services.custody import keep_in_escrow


class OrderTakesNoMore(Conflict):
    """The order is closed to money, or this is more than what is due: it belongs to *unapplied*."""

    code = "order_takes_no_more"


@dataclass(frozen=True, slots=True)
class RefundedLine:
    """What one refund took from one line of one fulfilment (primary keys)."""

    line_id: int
    fulfilment_id: int
    taken: rules.LineRefund


def apply_payment(order: Order, *, amount_minor: int, actor: str, at: datetime, reason: str = "") -> None:
    """Books captured money (minor units of the order's currency) as paying this order, and moves it when it is paid.

    Each call adds: the caller's own key (the charge) makes it happen once. Raises OrderTakesNoMore.
    """
    # On the path of every sale: a refusal rolls back the caller's transaction too, so that no savepoint is needed.
    with transaction.atomic(savepoint=False):
        lock_again(order)
        take_payment(order, amount_minor=amount_minor, actor=actor, at=at, reason=reason)


def take_payment(
    order: Order,
    *,
    amount_minor: int,
    actor: str,
    at: datetime,
    reason: str = "",
    parts: Sequence[Fulfilment] | None = None,
    open_attempts: int | None = None,
) -> None:
    """The same for a caller that holds the order locked, as it is in `order`, and perhaps its fulfilments (`parts`).

    Sums, status and, where it is given, the count of open attempts are one write; once it is paid its tickets are in
    escrow. Raises OrderTakesNoMore.
    """
    verdict = rules.may_take(
        status=order.status,
        total_minor=order.total_minor,
        applied_minor=order.applied_minor,
        amount_minor=amount_minor,
    )
    if not verdict:
        raise OrderTakesNoMore(verdict.detail)
    sums = {"applied_minor": order.applied_minor + amount_minor}
    if open_attempts is not None:
        sums["open_attempts"] = open_attempts
    settle(order, actor=actor, at=at, reason=reason, parts=parts, sums=sums)
    if order.status == OrderStatus.PAID:
        paid_for = order.fulfilments.order_by("id") if parts is None else parts
        keep_in_escrow(paid_for, actor=actor, at=at, reason=reason)


def allocate_refund(order: Order, *, amounts: Mapping[int, int]) -> tuple[RefundedLine, ...]:
    """Splits an approved refund over lines: fulfilment's primary key → minor units taken from its lines.

    Raises each line's `refunded_minor`, so that the next refund is split over what then remains, and returns what
    was taken from each line with the fees that come back. Raises ExceedsRefundable; then nothing is written.
    """
    with transaction.atomic():
        lock_again(order)
        taken: list[RefundedLine] = []
        for fulfilment_id, amount_minor in sorted(amounts.items()):
            lines = list(order.lines.filter(fulfilment_id=fulfilment_id).order_by("position"))
            parts = rules.split_refund(amount_minor, [refundable(line) for line in lines])
            for line, part in zip(lines, parts, strict=True):
                if part.amount_minor:
                    OrderLine.objects.filter(pk=line.pk).update(refunded_minor=F("refunded_minor") + part.amount_minor)
                    taken.append(RefundedLine(line_id=line.pk, fulfilment_id=fulfilment_id, taken=part))
    return tuple(taken)


def restore_refund(order: Order, *, amounts: Mapping[int, int]) -> tuple[RefundedLine, ...]:
    """The reverse: money that had gone back is the order's again; fulfilment's primary key → minor units.

    Lowers each line's `refunded_minor` and returns what came back to each line with the fees that are due on it again.
    Raises ExceedsRefundable for more than what went back; then nothing is written.
    """
    with transaction.atomic():
        lock_again(order)
        given: list[RefundedLine] = []
        for fulfilment_id, amount_minor in sorted(amounts.items()):
            lines = list(order.lines.filter(fulfilment_id=fulfilment_id).order_by("position"))
            parts = rules.split_restore(amount_minor, [refundable(line) for line in lines])
            for line, part in zip(lines, parts, strict=True):
                if part.amount_minor:
                    OrderLine.objects.filter(pk=line.pk).update(refunded_minor=F("refunded_minor") - part.amount_minor)
                    given.append(RefundedLine(line_id=line.pk, fulfilment_id=fulfilment_id, taken=part))
    return tuple(given)


def record_disputes(
    order: Order, *, disputed_minor: int, lost_minor: int, actor: str, at: datetime, reason: str = ""
) -> None:
    """How much of the order's money open disputes have away now, and how much was lost to decided ones (minor units);
    told again, nothing changes. payment_status follows, and the order where nothing of its money is left."""
    with transaction.atomic():
        lock_again(order)
        if (order.disputed_minor, order.lost_minor) == (disputed_minor, lost_minor):
            return
        _write(order, disputed_minor=disputed_minor, lost_minor=lost_minor)
        settle(order, actor=actor, at=at, reason=reason)
        tell_money_moved(order, at=at)


def count_loss_as_refund(order: Order, *, amount_minor: int) -> None:
    """Money that was counted as lost is what a refund gave: the buyer has as much as before."""
    with transaction.atomic():
        lock_again(order)
        _write(
            order,
            lost_minor=order.lost_minor - amount_minor,
            refunded_minor=order.refunded_minor + amount_minor,
        )


def record_refunded(order: Order, *, amount_minor: int, actor: str, at: datetime, reason: str = "") -> None:
    """Money of this order (minor units) is with the buyer again; moves the order when nothing is left.

    Raises ExceedsRefundable for more than what was applied and is neither given back nor lost.
    """
    with transaction.atomic():
        lock_again(order)
        left_minor = order.applied_minor - order.refunded_minor - order.lost_minor
        if not 0 < amount_minor <= left_minor:
            raise rules.ExceedsRefundable
        _write(order, refunded_minor=order.refunded_minor + amount_minor)
        settle(order, actor=actor, at=at, reason=reason)
        tell_money_moved(order, at=at)


def record_refund_bounced(order: Order, *, amount_minor: int, actor: str, at: datetime, reason: str = "") -> None:
    """A refund came back after it had succeeded: it is owed again, and payment_status follows. The order does where its
    parts keep money; else it does when the refund is void.

    Raises ExceedsRefundable for more than what was given back.
    """
    with transaction.atomic():
        lock_again(order)
        if not 0 < amount_minor <= order.refunded_minor:
            raise rules.ExceedsRefundable
        _write(order, refunded_minor=order.refunded_minor - amount_minor)
        settle(order, actor=actor, at=at, reason=reason)
        tell_money_moved(order, at=at)


def set_open_attempts(order: Order, *, count: int, at: datetime) -> None:
    """How many payments of this order are open at a gateway; `payment_status` says `processing` while any is."""
    del at  # nothing is dated by it; every verb is told the time
    with transaction.atomic():
        lock_again(order)
        if order.open_attempts != count:
            _write(order, open_attempts=count)


def tell_money_moved(order: Order, *, at: datetime) -> None:
    """In the caller's transaction: what was the buyer's or the sellers' of a paid order is not as it was. Each time
    anew, because what came back and is given again comes to the same sums as before."""
    emit("order.money_moved", fact_key=new_id("fct"), payload={"order": order.public_id}, at=at)


def _write(order: Order, **columns: int) -> None:
    Order.objects.filter(pk=order.pk).update(**columns)
    for name, value in columns.items():
        setattr(order, name, value)


def refundable(line: OrderLine) -> rules.RefundableLine:
    return rules.RefundableLine(
        amount_minor=line.amount_minor,
        refunded_minor=line.refunded_minor,
        platform_fee_minor=line.platform_fee_minor,
        gateway_fee_minor=line.gateway_fee_minor,
        tax_minor=line.tax_minor,
        withheld_minor=line.withheld_minor,
    )
