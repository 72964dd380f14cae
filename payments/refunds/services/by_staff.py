"""Staff ask for a refund, or cancel a paid part of an order: it waits for a second person, or goes at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from config.audit.services import record
from config.idempotency.services import Claim, remember_intent
from config.kernel.errors import Conflict, Invalid, NotFound
from config.kernel.faultpoints import reached
from config.kernel.money import Money
from config.kernel.verdict import Verdict
from config.settings.policy import Policy
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.queries import lock_fulfilments
from orders.order.models import Order
from orders.order.queries import lock_order
from payments.charges.models import Payment
from payments.charges.queries import lock_payments
from payments.escrow.models import EscrowHold
from payments.escrow.services.cancel import CannotCancel, cancel_fulfilment
from payments.escrow.services.freeze import freeze_hold, unfreeze_hold
from payments.escrow.states import HoldStatus
from payments.gateways.contract import Capability
from payments.gateways.registry import gateway_for
from payments.refunds import rules
from payments.refunds.models import CANCELLED_BY_STAFF, REQUESTED, Refund, RefundShare
from payments.refunds.queries import chosen_minor, refundable_of
from payments.refunds.services.book import FREEZE, book, check_not_out
from payments.refunds.services.plan import Wish, plan
from payments.refunds.services.request import MACHINE, ExceedsRefundable


class PartialRefundNotOffered(Conflict):
    """The gateway of this payment gives back all of it or nothing."""

    code = "partial_refund_not_offered"


class PaymentDisputed(Conflict):
    """The bank has this money until it decides a dispute: it cannot be given back meanwhile."""

    code = "payment_disputed"


class WrongCurrency(Invalid):
    """An order gives back what it took: its own currency."""

    code = "wrong_currency"


def request_refund(
    *,
    order_id: str,
    wish: Wish,
    reason: str,
    requester: str,
    policy: Policy,
    at: datetime,
    claim: Claim | None = None,
    cause: str = REQUESTED,
) -> list[Refund]:
    """Asks for a refund of an order: one row for each payment that gives, the shares that each will need frozen.

    What the threshold lets one person decide is approved in the same commit. Raises what `plan` does,
    PaymentDisputed, PartialRefundNotOffered, WrongCurrency, NotFound; then nothing is written.
    """
    with transaction.atomic():
        one_at_a_time(requester)
        order = lock_order(order_id)
        if wish.currency not in ("", order.currency):
            raise WrongCurrency(f"the order is in {order.currency}", field="currency")
        fulfilments = _parts(order, wish)
        payments = {payment.pk: payment for payment in lock_payments(order)}
        given = plan(order, fulfilments, wish, policy=policy, at=at)
        if cause == REQUESTED:
            _check_tickets(fulfilments, given)
        verdict = _verdict(order, sum(sum(minors.values()) for minors in given.values()), wish, requester, policy, at)
        refunds = [
            _write(payments[pk], given[pk], reason=reason, requester=requester, cause=cause, review=verdict, at=at)
            for pk in sorted(given)
        ]
        if len(refunds) > 1:
            Refund.objects.filter(pk__in=[refund.pk for refund in refunds]).update(request_id=refunds[0].public_id)
        remember_intent(claim=claim, intent_id=refunds[0].public_id)
        if verdict:
            book(order, refunds, actor=MACHINE, reason="below the threshold", at=at)
        else:
            _freeze(refunds, actor=requester, at=at)
    reached("refund.requested")
    return list(Refund.objects.filter(pk__in=[refund.pk for refund in refunds]).order_by("pk"))


def cancel_by_staff(*, fulfilment_pk: int, requester: str, reason: str, policy: Policy, at: datetime) -> Refund | None:
    """Staff cancel a part before delivery: it counts as their request of its refund. Where the threshold lets one
    person decide it is cancelled at once; else its money is frozen, and it is cancelled when a second person approves.

    Of a part under review it is a person's word that the buyer has no tickets. Where a provider has them they are
    called back, and the refund that was asked for is cancelled: the machine owes it once the provider has answered.

    Returns the refund; None when it was cancelled already, or its money is with the buyer already. Raises CannotCancel.
    """
    with transaction.atomic():
        one_at_a_time(requester)
        part = Fulfilment.objects.select_related("order").get(pk=fulfilment_pk)
        lock_order(part.order.public_id)
        part.refresh_from_db(fields=["status"])
        if part.status == "review":
            _end_review(part, actor=requester, note=reason, at=at)
        hold = EscrowHold.objects.filter(fulfilment=part).first()
        if part.status != "cancelled" and hold is None:
            raise CannotCancel("nothing was paid for it")
        if part.status not in ("awaiting", "review") or hold is None or hold.status == HoldStatus.RETURNED:
            cancel_fulfilment(fulfilment_pk=fulfilment_pk, actor=requester, reason=reason, at=at, may_end_review=True)
            return None
        if hold.status != HoldStatus.HELD:
            raise CannotCancel(f"its money is {hold.status}")
        return request_refund(
            order_id=part.order.public_id,
            wish=Wish(fulfilment=part.public_id),
            reason=reason,
            requester=requester,
            policy=policy,
            at=at,
            cause=CANCELLED_BY_STAFF,
        )[0]


def _end_review(part: Fulfilment, *, actor: str, note: str, at: datetime) -> None:
    """The person has found out: the reason for which its money stands still is gone, whatever else there is."""
    for hold in EscrowHold.objects.filter(fulfilment=part):
        unfreeze_hold(hold_pk=hold.pk, reason="review", ref=part.public_id, actor=actor, note=note, at=at)


def _check_tickets(parts: Sequence[Fulfilment], given: Mapping[int, Mapping[tuple[int, str], int]]) -> None:
    """Refused when it is asked for, and not only when somebody approves it. Raises CancelInstead."""
    taken: Counter[int] = Counter()
    for shares in given.values():
        for (hold_pk, _), minor in shares.items():
            taken[hold_pk] += minor
    by_pk = {part.pk: part for part in parts}
    for hold in EscrowHold.objects.filter(pk__in=taken):
        if taken[hold.pk] >= hold.remaining_minor:
            check_not_out(by_pk[hold.fulfilment_id])


def one_at_a_time(requester: str) -> None:
    """What a person asked for today is summed up, over orders of which each has a lock of its own: their requests wait
    for each other, before they lock anything else. The lock is the transaction's, so that a pooled connection never
    carries it on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"refunds:{requester}"])


def _parts(order: Order, wish: Wish) -> list[Fulfilment]:
    parts = [part for part in lock_fulfilments(order) if wish.fulfilment in ("", part.public_id)]
    if not parts:
        raise NotFound("there is no such fulfilment")
    return parts


def _verdict(order: Order, amount_minor: int, wish: Wish, requester: str, policy: Policy, at: datetime) -> Verdict:
    return rules.may_go_alone(
        amount_minor=amount_minor,
        threshold_minor=policy.refund_approval_threshold_minor.get(order.currency),
        order_minor=chosen_minor(currency=order.currency, at=at, order=order),
        requester_minor=chosen_minor(currency=order.currency, at=at, requester=requester),
        asked_bearer=wish.bearer,
    )


def _write(
    payment: Payment,
    given: dict[tuple[int, str], int],
    *,
    reason: str,
    requester: str,
    cause: str,
    review: Verdict,
    at: datetime,
) -> Refund:
    amount_minor = sum(given.values())
    refundable_minor = refundable_of(payment)
    verdict = rules.may_refund(amount_minor=amount_minor, refundable=refundable_minor)
    if not verdict and payment.open_disputes and amount_minor <= refundable_minor + payment.disputed_minor:
        raise PaymentDisputed(
            f"{Money(payment.disputed_minor, payment.currency)} of {payment.public_id} is disputed, and the bank has it"
            f" until it decides; {Money(refundable_minor, payment.currency)} ({refundable_minor} minor units) may go"
        )
    if not verdict:
        raise ExceedsRefundable(verdict.detail)
    gateway = gateway_for(payment.gateway_account.code)
    if amount_minor < payment.captured_minor and Capability.PARTIAL_REFUND not in gateway.capabilities:
        raise PartialRefundNotOffered
    refund = Refund(
        payment=payment,
        gateway_account_id=payment.gateway_account_id,
        amount_minor=amount_minor,
        currency=payment.currency,
        cause=cause,
        reason=reason,
        requested_by=requester,
        review_code=review.code,
        created_at=at,
    )
    refund.cause_key = f"requested:{refund.public_id}"
    refund.save(force_insert=True)
    RefundShare.objects.bulk_create(
        RefundShare(refund=refund, pot=pot, hold_id=hold_pk, amount_minor=minor)
        for (hold_pk, pot), minor in sorted(given.items())
    )
    record(refund, act="requested", actor=requester, at=at, reason=reason, to_state=refund.status)
    return refund


def _freeze(refunds: Sequence[Refund], *, actor: str, at: datetime) -> None:
    """Keeps still what these refunds will need, so that it is neither released nor given back by a timeout."""
    needed = RefundShare.objects.filter(refund__in=refunds, pot="escrow").select_related("refund")
    for share in needed.order_by("hold_id"):
        if share.hold_id:
            note = "a refund was asked for"
            freeze_hold(hold_pk=share.hold_id, reason=FREEZE, ref=share.refund.public_id, actor=actor, note=note, at=at)
