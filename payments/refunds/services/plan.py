"""Which part of an order gives how much of a refund that staff ask for, and who would bear it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from config.kernel.errors import Conflict, Refused
from config.kernel.money import Money
from config.kernel.verdict import Verdict
from config.settings.policy import Policy
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import OrderNotPaid
from orders.order.models import Order, OrderLine
from payments.escrow.models import EscrowHold
from payments.escrow.states import HoldStatus
from payments.refunds import rules
from payments.refunds.models import GOODWILL
from payments.refunds.queries import left_of, reserved_by_hold
from payments.refunds.rules import Bearer
from payments.refunds.services.request import ExceedsRefundable


class RefundWindowOver(Conflict):
    """It was delivered too long ago for the seller to give it back."""

    code = "refund_window_over"


class NotDeliveredYet(Conflict):
    """The platform bears only refunds of what was delivered."""

    code = "not_delivered_yet"


class PartsLeftOut(Conflict):
    """Not all of it may be refunded this way: say how much goes back, or of which part."""

    code = "parts_left_out"


_REFUSALS: dict[str, type[Refused]] = {error.code: error for error in (RefundWindowOver, NotDeliveredYet)}


@dataclass(frozen=True, slots=True)
class Wish:
    """What staff ask for: `amount_minor` of the order's currency (None: all that is left), of one `fulfilment` (its
    public id) or of all, `bearer` where the platform should bear it whatever the policy says, and the `currency` that
    they mean, where they said one."""

    amount_minor: int | None = None
    fulfilment: str = ""
    bearer: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One part of the order: its hold, who would bear a refund of it, whether it may be, and what is free of it."""

    hold: EscrowHold
    bearer: Bearer
    verdict: Verdict
    part: rules.Part


def sources(
    order: Order, fulfilments: Sequence[Fulfilment], *, bearer: str = "", policy: Policy, at: datetime
) -> list[Source]:
    """What each of these parts could give now, by ascending id of their holds."""
    holds = list(
        EscrowHold.objects.filter(fulfilment__in=fulfilments).select_related("payment", "fulfilment").order_by("pk")
    )
    reserved = reserved_by_hold([hold.pk for hold in holds])
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    for line in order.lines.order_by("position"):
        lines[line.fulfilment_id].append(line)
    parts = {part.pk: part for part in fulfilments}
    found = []
    for hold in holds:
        part, own = parts[hold.fulfilment_id], lines[hold.fulfilment_id]
        terms = rules.terms_of(
            {line.category for line in own},
            window_days=policy.refund_window_days,
            window_days_by_category=policy.refund_window_days_by_category,
            platform_bears=policy.refund_platform_bears,
        )
        who, verdict = rules.who_bears(
            asked=bearer,
            terms=terms,
            has_arrived=part.status in ("delivered", "completed"),
            delivered_at=part.delivered_at,
            at=at,
        )
        left = tuple(line.amount_minor - line.refunded_minor for line in own)
        free = max(0, min(left_of(hold), sum(left)) - reserved[hold.pk])
        found.append(Source(hold, who, verdict, rules.Part(hold.pk, left, free)))
    return found


def plan(
    order: Order, fulfilments: Sequence[Fulfilment], wish: Wish, *, policy: Policy, at: datetime
) -> dict[int, dict[tuple[int, str], int]]:
    """Payment's primary key → (hold's primary key, pot) → minor units.

    "All that is left" is never silently less: where the policy lets one part be given and another not, whoever asks
    says which they mean. Raises PartsLeftOut, ExceedsRefundable, RefundWindowOver, NotDeliveredYet, OrderNotPaid.
    """
    known = sources(order, fulfilments, bearer=wish.bearer, policy=policy, at=at)
    if not known:
        raise OrderNotPaid("nothing was paid for it")
    allowed = [source for source in known if source.verdict]
    free_minor = sum(source.part.left_minor for source in allowed)
    left_out = [source for source in known if not source.verdict and source.part.left_minor]
    if wish.amount_minor is None and left_out and free_minor:
        raise PartsLeftOut(_which(order, free_minor, left_out))
    amount_minor = free_minor if wish.amount_minor is None else wish.amount_minor
    verdict = rules.may_refund(amount_minor=amount_minor, refundable=free_minor)
    if not verdict:
        if left_out and amount_minor <= sum(source.part.left_minor for source in known):
            raise _REFUSALS[left_out[0].verdict.code](left_out[0].verdict.detail)
        raise ExceedsRefundable(verdict.detail)
    by_hold = rules.spread(amount_minor, [source.part for source in allowed])
    given: dict[int, dict[tuple[int, str], int]] = defaultdict(dict)
    for source in allowed:
        if minor := by_hold.get(source.hold.pk):
            pot = "released" if source.hold.status == HoldStatus.RELEASED else "escrow"
            pot = GOODWILL if source.bearer == Bearer.PLATFORM else pot
            given[source.hold.payment_id][source.hold.pk, pot] = minor
    return given


def _which(order: Order, free_minor: int, left_out: Sequence[Source]) -> str:
    rest_minor = sum(source.part.left_minor for source in left_out)
    parts = ", ".join(source.hold.fulfilment.public_id for source in left_out)
    return (
        f"{Money(free_minor, order.currency)} ({free_minor} minor units) may go this way: ask for that amount."
        f" {Money(rest_minor, order.currency)} may not, of {parts}: {left_out[0].verdict.detail}"
    )
