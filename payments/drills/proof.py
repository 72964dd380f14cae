"""What must hold when a scenario is over: nothing lost, nothing doubled, nothing unexplained."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone

from config.calls.models import GatewayCall
from config.calls.states import OPEN
from config.inbox.models import WebhookEvent
from config.outbox.models import OutboxJob
from orders.catalog.models import Product
from orders.order.models import OrderLine
from payments.charges.models import Payment
from payments.disputes.models import Dispute
from payments.drills.buying import Purchase
from payments.drills.cast import STOCK
from payments.drills.figures import Mark
from payments.drills.stage import Stage
from payments.ledger.accounts import Account
from payments.ledger.checks import prove as prove_books
from payments.ledger.models import LedgerLine
from payments.refunds.models import Refund

MONEY_AT_THE_GATEWAY = (Account.CLEARING, Account.GATEWAY_FEES, Account.DISPUTE_FEES, Account.INPUT_TAX)
MOST_OBJECTS = 1_000
_CAME, _WENT = ("captured", "refund_returned", "dispute_reinstated"), ("refunded", "dispute_withdrawn")


def is_quiet(since: Mark) -> bool:
    """Whether nothing that came since waits to be done."""
    return not any(unfinished(since))


def prove(stage: Stage, since: Mark) -> list[str]:
    """Everything that is wrong at the end of a scenario, one line each."""
    return [
        *_faults_that_never_struck(stage),
        *_orders(stage),
        *_stock(stage),
        *unfinished(since),
        *_unexplained(since),
        *_books(),
    ]


def _faults_that_never_struck(stage: Stage) -> Iterator[str]:
    """A drill that broke nothing proves nothing."""
    if not stage.injected:
        yield "nothing was broken: this proves nothing"
    for told, times in stage.injected.items():
        if not times:
            yield f"{told}: never struck, so that it proves nothing"


def _orders(stage: Stage) -> Iterator[str]:
    objects = _objects_by_order(stage)
    for purchase in stage.purchases:
        if not purchase.order_id:
            yield f"a cart of {purchase.email} was never answered: its order is lost"
            continue
        for problem in (
            *_end(purchase),
            *_gateway_and_rows(stage, purchase),
            *_gateway_and_books(stage, purchase),
            *_strays(purchase, objects[purchase.order_id]),
        ):
            yield f"{purchase.order_id}: {problem}"


def _end(purchase: Purchase) -> Iterator[str]:
    order, wanted = purchase.order, (purchase.fate.end.status, purchase.fate.end.payment_status)
    if (order.status, order.payment_status) != wanted:
        yield f"is {order.status} and {order.payment_status}, and not {wanted[0]} and {wanted[1]}"


def _gateway_and_rows(stage: Stage, purchase: Purchase) -> Iterator[str]:
    """What moved at the gateway is what stands in our rows, and each of it moved once."""
    order, moved = purchase.order, effects_of(stage, purchase)
    payments = Payment.objects.filter(order=order)
    refunds = Refund.objects.filter(payment__order=order, status="succeeded")
    sums = payments.aggregate(captured=Sum("captured_minor"), refunded=Sum("refunded_minor"))
    captured, refunded = moved.get("captured", (0, 0)), moved.get("refunded", (0, 0))
    if captured != (1, order.total_minor):
        yield f"costs {order.total_minor} and was captured {captured[0]} times, {captured[1]} in all, at the gateway"
    if (sums["captured"] or 0) != captured[1]:
        yield f"the gateway captured {captured[1]}, our payments say {sums['captured'] or 0}"
    returned = moved.get("refund_returned", (0, 0))[1]
    if (sums["refunded"] or 0) != refunded[1] - returned:
        yield f"the gateway gave {refunded[1] - returned} back, our payments say {sums['refunded'] or 0}"
    if refunds.count() != refunded[0]:
        yield f"the gateway made {refunded[0]} refunds, of ours {refunds.count()} succeeded"
    end = purchase.fate.end
    if refunded[0] != end.refunds:
        yield f"was refunded {refunded[0]} times, and {end.refunds} were due"
    for effect, times in (("dispute_withdrawn", end.withdrawals), ("dispute_reinstated", end.reinstatements)):
        if moved.get(effect, (0, 0)) != (times, times * order.total_minor):
            yield f"was {effect.replace('_', ' ')} {moved.get(effect, (0, 0))}, and {times} were due"


def _gateway_and_books(stage: Stage, purchase: Purchase) -> Iterator[str]:
    moved = effects_of(stage, purchase)
    net = sum(moved.get(each, (0, 0))[1] for each in _CAME) - sum(moved.get(each, (0, 0))[1] for each in _WENT)
    booked = booked_of(purchase)
    if booked != net:
        yield f"{net} of its money is at the gateway, the books say {booked}"


def effects_of(stage: Stage, purchase: Purchase) -> dict[str, tuple[int, int]]:
    """Effect → (how often, how much in minor units) of an order's money, as the sandbox wrote it down."""
    totals = stage.control.effects(f"order={purchase.order_id}")["totals"]
    return {each["effect"]: (each["count"], each["amount_minor"]) for each in totals}


def booked_of(purchase: Purchase) -> int:
    """What the books say of an order's money at the gateway, before the gateway's fees."""
    payments = Payment.objects.filter(order__public_id=purchase.order_id)
    subjects = [*payments.values_list("public_id", flat=True)]
    subjects += Refund.objects.filter(payment__in=payments).values_list("public_id", flat=True)
    subjects += Dispute.objects.filter(payment__in=payments).values_list("public_id", flat=True)
    lines = LedgerLine.objects.filter(entry__subject_id__in=subjects, account__in=MONEY_AT_THE_GATEWAY)
    return int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)


def _objects_by_order(stage: Stage) -> dict[str, list[dict[str, Any]]]:
    """The gateway's payment objects by the order that they are marked with."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in stage.control.get("objects", kind="payment_intent", limit=MOST_OBJECTS)["objects"]:
        found[str((each["body"].get("metadata") or {}).get("order", ""))].append(each["body"])
    return found


def _strays(purchase: Purchase, objects: list[dict[str, Any]]) -> Iterator[str]:
    """Every object at the gateway that could take the buyer's money is one of our payments."""
    known = set(Payment.objects.filter(order__public_id=purchase.order_id).values_list("gateway_payment_id", flat=True))
    for stray in sorted({str(each["id"]) for each in objects} - {str(each) for each in known}):
        yield f"{stray} at the gateway is a payment of it that we do not know"


def _stock(stage: Stage) -> Iterator[str]:
    """What is on the shelf is what was put there without what is sold."""
    lines = OrderLine.objects.filter(product=stage.product).exclude(fulfilment__status="cancelled")
    sold = lines.aggregate(sold=Sum("quantity"))["sold"] or 0
    left = Product.objects.values_list("stock", flat=True).get(pk=stage.product.pk)
    if left != STOCK - sold:
        yield f"{left} pieces are left of {STOCK}, though {sold} are sold"
    made = OrderLine.objects.filter(product=stage.product).values("order").distinct().count()
    if made != len([each for each in stage.purchases if each.order_id]):
        yield f"{len(stage.purchases)} orders were placed, and {made} are there"


def unfinished(since: Mark) -> Iterator[str]:
    """Rows that are dead, that wait, or whose outcome nobody knows."""
    events = WebhookEvent.objects.filter(pk__gt=since.event, state__in=["due", "parked", "dead"])
    for event in events.order_by("pk")[:20]:
        yield f"event {event.event_id} ({event.type}) is {event.state}: {event.last_error or 'not handled yet'}"
    waiting = Q(state="dead") | Q(state="due") & (Q(due_at__lte=timezone.now()) | ~Q(last_error_code=""))
    for job in OutboxJob.objects.filter(waiting, pk__gt=since.job).order_by("pk")[:20]:
        yield f"job {job.pk} ({job.listener}) is {job.state}: {job.last_error or 'not run yet'}"
    calls = GatewayCall.objects.filter(Q(status__in=OPEN) | Q(case_opened_at__isnull=False), pk__gt=since.call)
    for call in calls.order_by("pk")[:20]:
        yield f"{call.public_id} ({call.operation} of {call.subject_id}) is {call.status}"


def _unexplained(since: Mark) -> Iterator[str]:
    for line in LedgerLine.objects.filter(entry_id__gt=since.entry, account=Account.SUSPENSE).order_by("pk")[:20]:
        yield f"{line.amount_minor} {line.currency} were booked as unexplained ({line.ref})"


def _books() -> Iterator[str]:
    for truth in prove_books(full=True):
        for row in truth.broken:
            yield f"the books: {truth.name}: {row}"
