"""How a walk of the machine ends: all is told, everybody decides, time passes; and what must hold then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Sum

from config.calls.models import GatewayCall
from config.inbox.models import WebhookEvent
from config.outbox.models import OutboxJob
from orders.order.models import Order, OrderLine
from payments.charges.models import Payment
from payments.charges.services.sweeps import expire_due
from payments.escrow.services.sweeps import release_due, time_out_due
from payments.ledger.queries import balance_minor
from payments.refunds.models import Refund
from payments.tests.lives import QUEUES, forget_leases
from payments.tests.machine_disputes import prove_disputes
from payments.tests.machine_gateways import StripeSide
from payments.tests.machine_refunds import people_decide
from payments.tests.walking import everything
from payments.tests.world import World


def settle(world: World, side: StripeSide) -> None:
    """Banks answer, all is told, time passes, an operator puts back what was put aside as poison, people decide what
    waits for them, and everything that is due is done, until nothing is. What nobody waits for is not waited for."""
    for waits in ((6, 21, 21, 61, 61, 181, 181, 2 * 24 * 60), (21, 181, 2 * 24 * 60), (21, 181, 2 * 24 * 60)):
        people_decide(world)
        side.decide_all()
        for queue in QUEUES:
            queue._base_manager.filter(state="dead", last_error_code="poison").update(
                state="due", attempts=0, lost_leases=0
            )
        forget_leases()
        world.hear()
        for minutes in waits:
            if minutes != waits[-1] and not waiting():
                continue
            forget_leases()
            world.later(minutes=minutes)
            world.hear()
            for sweep in (expire_due, time_out_due, release_due):
                assert sweep(at=world.at).failed == 0
        world.hear()


def prove_the_end(world: World, side: StripeSide) -> None:
    """What must hold when all is said and done, whatever the order in which it was."""
    nothing_waits()
    undecided = Refund.objects.filter(status__in=["requested", "approved", "sending", "pending"])
    assert not undecided.exists(), list(undecided.values())
    for order in Order.objects.order_by("pk"):
        ends_well(world, order)
    for payment in Payment.objects.exclude(gateway_payment_id=None):
        side.proves(payment)
    prove_disputes(side)
    the_gateways_money_is_ours(world, side)
    told_again_backwards_changes_nothing(world)


def nothing_waits() -> None:
    assert waiting() == []


def waiting() -> list[dict[str, Any]]:
    """What was said to nobody yet, and what nobody has answered."""
    calls = GatewayCall.objects.filter(status__in=["sent", "unknown", "pending"]).values("operation", "state")
    found: list[dict[str, Any]] = [dict(call) for call in calls]
    for queue in (WebhookEvent, OutboxJob):
        left = queue._base_manager.exclude(state__in=["processed", "ignored", "done"])
        found += [dict(row) for row in left.values("state", "last_error_code", "last_error")]
    return found


def ends_well(world: World, order: Order) -> None:
    """Closed to money, everything at the gateway closed with it, and nobody with both the piece and the money."""
    assert order.status != "pending_payment"
    assert not [payment for payment in order.payments.all() if payment.is_open]
    for payment in order.payments.filter(captured_minor=0):
        assert payment.closed_at is not None
    for part in order.fulfilments.all():
        given_up = Refund.objects.filter(
            shares__hold__fulfilment=part, cause__in=["timeout", "cancelled", "cancelled_by_staff"]
        )
        given_up = given_up.exclude(status__in=["requested", "rejected", "cancelled"])
        assert not given_up.exists() or part.status == "cancelled"
        if part.status == "completed":
            assert part.hold.status == "released"
        if part.status == "cancelled" and hasattr(part, "hold"):
            assert part.hold.status == "returned"
    for line in order.lines.filter(product__is_ticketed=False):  # of tickets a truth of the books says it
        sold = OrderLine.objects.filter(product=line.product).exclude(fulfilment__status="cancelled")
        assert line.product.stock == 10 - (sold.aggregate(number=Sum("quantity"))["number"] or 0)


def the_gateways_money_is_ours(world: World, side: StripeSide) -> None:
    """What the gateway took and gave is what stands in clearing, before its fees."""
    totals = {each["effect"]: each["amount_minor"] for each in world.sandbox.control.effects()["totals"]}
    net = totals.get("captured", 0) - totals.get("refunded", 0) + totals.get("refund_returned", 0)
    net += totals.get("dispute_reinstated", 0) - totals.get("dispute_withdrawn", 0)
    assert balance_minor("dispute_fees", currency=side.currency) == side.fees()
    kept = ("clearing", "gateway_fees", "input_tax", "dispute_fees")
    assert sum(balance_minor(account, currency=side.currency) for account in kept) == net


def told_again_backwards_changes_nothing(world: World) -> None:
    before = what_must_stay()
    count = WebhookEvent.objects.count()
    for row in WebhookEvent.objects.order_by("pk"):
        WebhookEvent.objects.filter(pk=row.pk).update(
            state="due", attempts=0, due_at=world.at - timedelta(seconds=row.pk), processed_at=None
        )
    world.work()
    assert set(WebhookEvent.objects.values_list("state", flat=True)) <= {"processed", "ignored"}
    assert WebhookEvent.objects.count() == count
    after = what_must_stay()
    assert after == before, [name for name in after if after[name] != before[name]]


def what_must_stay() -> dict[str, Any]:
    """Everything, but when the gateway last had a word about a dispute: an old label makes us ask for the present."""
    found = everything()
    for dispute in found["Dispute"]:
        del dispute["label_at"], dispute["seen_at"]
    return found
