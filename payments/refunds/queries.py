"""Reads of refunds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, Sum

from orders.order.models import Order
from orders.order.rules import split_refund
from orders.order.services.sums import refundable
from payments.charges.models import Payment
from payments.disputes.models import DisputeShare
from payments.escrow.models import EscrowHold
from payments.gateways.refund_views import RefundState, RefundView
from payments.refunds import rules
from payments.refunds.models import CANCELLED_BY_STAFF, CHOSEN, GOODWILL, FormerRefund, Refund, RefundShare
from payments.refunds.states import LIVE, RefundStatus

ORDER_PERIOD = timedelta(days=30)
REQUESTER_PERIOD = timedelta(days=1)
_ENDED = (RefundStatus.PAID_OTHERWISE, RefundStatus.VOIDED, RefundStatus.CANCELLED)
_NEVER_SENT = (RefundStatus.REQUESTED, RefundStatus.REJECTED)


def lock_refund(refund_pk: int) -> Refund:
    """The refund, locked until the transaction ends. Its order and payment are locked before it."""
    return (
        Refund.objects.select_for_update(of=("self",))
        .select_related("payment__gateway_account", "payment__order", "gateway_account")
        .get(pk=refund_pk)
    )


def mark_of(refund: Refund) -> str:
    """Our id that travels with the gateway's refund: another one each time that it is made anew, because a gateway
    may refuse an id that it has seen, and because what is told of the old one must not pass for the new one."""
    return refund.public_id if refund.sendings == 1 else f"{refund.public_id}_{refund.sendings}"


def _read_mark(our_id: str) -> tuple[str, int]:
    """(our refund's public id, the how-manieth making of it) of a mark; anybody with the account can write one."""
    prefix, _, rest = our_id.partition("_")
    number, _, making = rest.partition("_")
    is_number = making.isascii() and making.isdecimal() and len(making) < 5
    return f"{prefix}_{number}", int(making) if is_number else 1


def find_refund(*, account: str, view: RefundView) -> Refund | None:
    """Ours by the gateway's id, be it a former one, else by our own id that travelled with it, if the rest of it is
    ours as well. One that was never sent cannot be there: whoever wrote its mark made another one."""
    refunds = Refund.objects.select_related("payment").filter(gateway_account__code=account)
    if found := refunds.filter(gateway_refund_id=view.refund_id).first():
        return found
    if found := refunds.filter(
        formers__gateway_refund_id=view.refund_id, formers__gateway_account__code=account
    ).first():
        return found
    if not view.our_id:
        return None
    marked = refunds.filter(public_id=_read_mark(view.our_id)[0]).exclude(status__in=_NEVER_SENT).first()
    return marked if marked is not None and (is_past(marked, view) or is_that(marked, view)) else None


def is_past(refund: Refund, view: RefundView) -> bool:
    """Whether the gateway's refund is one that failed and was made anew since."""
    if refund.gateway_refund_id == view.refund_id or refund.sendings == 1:
        return False
    public_id, making = _read_mark(view.our_id)
    if public_id == refund.public_id and making < refund.sendings and view.amount == refund.amount:
        return True
    return FormerRefund.objects.filter(refund=refund, gateway_refund_id=view.refund_id).exists()


def is_beside(refund: Refund, view: RefundView) -> bool:
    """Whether the gateway gives, by a refund under our mark of which we never knew, what was ended here without it or
    made anew since: money that moved besides, booked as if somebody had made it there."""
    if view.state not in (RefundState.PENDING, RefundState.SUCCEEDED) or refund.gateway_refund_id == view.refund_id:
        return False
    if is_past(refund, view):
        known = FormerRefund.objects.filter(refund=refund, gateway_refund_id=view.refund_id).exists()
        return view.state == RefundState.SUCCEEDED and not known
    return refund.gateway_refund_id is None and refund.status in _ENDED


def is_that(refund: Refund, view: RefundView) -> bool:
    """Whether the gateway's refund is this one of ours."""
    return rules.is_the_same(
        known_id=refund.gateway_refund_id,
        known_payment_id=refund.payment.gateway_payment_id,
        known=refund.amount,
        gateway_refund_id=view.refund_id,
        gateway_payment_id=view.gateway_payment_id,
        amount=view.amount,
    )


def has_refund_at_gateway(payment: Payment) -> bool:
    """Whether a refund of this payment is, or may be, with the gateway, which can still say that it came to nothing."""
    at_gateway = (RefundStatus.SENDING, RefundStatus.PENDING, RefundStatus.SUCCEEDED)
    return Refund.objects.filter(payment_id=payment.pk, status__in=at_gateway).exists()


def is_known(public_id: str) -> bool:
    """Whether a refund of ours has this id."""
    return Refund.objects.filter(public_id=_read_mark(public_id)[0]).exists()


def reserved_by_hold(hold_pks: Iterable[int], *, requested: bool = True) -> Counter[int]:
    """Hold's primary key → minor units that are not free although the hold does not show it: what the platform bore of
    its part, by a refund or a lost dispute, because the buyer has that back, and what is asked for and not decided
    (`requested`)."""
    wanted = list(hold_pks)
    counted = Q(pot=GOODWILL, refund__status__in=LIVE)
    if requested:
        counted |= Q(refund__status=RefundStatus.REQUESTED)
    shares = RefundShare.objects.filter(counted, hold__in=wanted)
    lost = DisputeShare.objects.filter(pot="borne", hold__in=wanted)
    found: Counter[int] = Counter()
    for taken in (shares, lost):
        for hold_pk, total in taken.order_by().values_list("hold").annotate(total=Sum("amount_minor")):
            found[hold_pk] += int(total)
    return found


def pots(payment: Payment) -> list[rules.Pot]:
    """What each hold of the payment could still give, in ascending order of their locks: what a gateway took of the
    payment by itself falls on these."""
    holds = list(EscrowHold.objects.filter(payment=payment).order_by("pk"))
    reserved = reserved_by_hold([hold.pk for hold in holds], requested=False)
    return [rules.Pot(hold_pk=hold.pk, left_minor=left_of(hold) - reserved[hold.pk]) for hold in holds]


def left_of(hold: EscrowHold) -> int:
    """What neither refunds nor lost disputes took of a hold, wherever it is by now, in minor units."""
    return hold.amount_minor - hold.returned_minor - hold.lost_minor


def sellers_parts(refunds: Iterable[Refund]) -> Counter[tuple[str, str]]:
    """(owner, currency) → what sellers would give back by refunds that are only asked for, of what was released to
    them: what is left of each line less the fees that would come back, in minor units."""
    found: Counter[tuple[str, str]] = Counter()
    shares = RefundShare.objects.filter(refund__in=list(refunds), pot="released").select_related("hold__fulfilment")
    for share in shares.order_by("pk"):
        if share.hold is not None:
            lines = [refundable(line) for line in share.hold.fulfilment.lines.order_by("position")]
            minor = sum(part.seller_minor for part in split_refund(share.amount_minor, lines))
            found[share.hold.owner, share.hold.currency] += minor
    return +found


def refundable_of(payment: Payment, *, requested: bool = True) -> int:
    """What we may still give back of a payment whose lock the caller holds, in minor units, less what is asked for and
    not decided (`requested`; whoever decides one looks at what is there)."""
    payment.refresh_from_db(fields=["captured_minor", "refunded_minor", "refunding_minor", "disputed_minor"])
    waiting = Refund.objects.filter(payment=payment, status=RefundStatus.REQUESTED)
    elsewhere = RefundShare.objects.filter(refund__payment=payment, refund__status=RefundStatus.PAID_OTHERWISE)
    return rules.refundable_minor(
        captured_minor=payment.captured_minor,
        refunded_minor=payment.refunded_minor,
        refunding_minor=payment.refunding_minor,
        disputed_minor=payment.disputed_minor,
        requested_minor=int(waiting.aggregate(total=Sum("amount_minor"))["total"] or 0) if requested else 0,
        # One whose shares were moved to another refund has none: that other one counts.
        elsewhere_minor=int(elsewhere.aggregate(total=Sum("amount_minor"))["total"] or 0),
    )


def fits_in_what_is_left(refund: Refund) -> bool:
    """Whether this refund, whose payment the caller holds locked, may be given beside all that left the payment, or may
    have: what went back, what other refunds are with the gateway, what we paid another way, and what disputes have."""
    payment = refund.payment
    payment.refresh_from_db(fields=["captured_minor", "refunded_minor", "disputed_minor"])
    others = Refund.objects.filter(payment=payment).exclude(pk=refund.pk)
    at_gateway = others.filter(status__in=(RefundStatus.SENDING, RefundStatus.PENDING))
    elsewhere = RefundShare.objects.filter(refund__in=others.filter(status=RefundStatus.PAID_OTHERWISE))
    gone_minor = payment.refunded_minor + payment.disputed_minor
    for taken in (at_gateway, elsewhere):
        gone_minor += int(taken.aggregate(total=Sum("amount_minor"))["total"] or 0)
    return refund.amount_minor <= payment.captured_minor - gone_minor


def chosen_minor(*, currency: str, at: datetime, order: Order | None = None, requester: str = "") -> int:
    """How much staff chose to give back, of one order in its period or by one person in theirs, in minor units: what
    was asked for, also where somebody gave it, or a part of it, at the gateway before ours was sent. Else a refund made
    there would let the same person choose as much again. A cancel for which tickets were called back counts as well,
    although the machine gives its money; not once the provider said that the buyer has them."""
    refused = Q(status__in=(RefundStatus.REJECTED, RefundStatus.VOIDED))
    never_approved = Q(status=RefundStatus.CANCELLED, approved_at__isnull=True)
    not_given_up = RefundShare.objects.filter(
        refund=OuterRef("pk"), hold__fulfilment__status__in=("review", "delivered", "completed")
    )
    came_to_nothing = Q(Exists(not_given_up), status=RefundStatus.CANCELLED, cause=CANCELLED_BY_STAFF)
    refunds = Refund.objects.filter(cause__in=CHOSEN, currency=currency)
    refunds = refunds.exclude(refused | never_approved | came_to_nothing)
    if order is not None:
        refunds = refunds.filter(payment__order=order, created_at__gt=at - ORDER_PERIOD)
    if requester:
        refunds = refunds.filter(requested_by=requester, created_at__gt=at - REQUESTER_PERIOD)
    return int(refunds.aggregate(total=Sum(F("amount_minor") + F("taken_over_minor")))["total"] or 0)
