"""One order's money, from checkout to a released escrow, over the gateway's real protocol."""

from __future__ import annotations

import pytest
from django.conf import settings

from config.inbox.models import WebhookEvent
from orders.fulfilment.services import deliver
from payments.escrow.services.release import complete_fulfilment
from payments.escrow.services.sweeps import time_out_due
from payments.ledger.models import PayeeBalance
from payments.ledger.queries import balance_minor
from payments.refunds.models import Refund
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


class TestTheSpine:
    def test_pays_holds_and_releases_an_order_of_two_sellers(self, world: World) -> None:
        order = world.paid_order(10_000, 3_333)
        assert (order.status, order.payment_status) == ("paid", "paid")
        assert [hold.remaining_minor for hold in world.holds(order)] == [10_000, 3_333]
        assert balance_minor("escrow", currency="USD") == -13_333
        for fulfilment in world.fulfilments(order):
            deliver(fulfilment=fulfilment, actor="user:seller", by_staff=False, at=world.at, policy=settings.POLICY)
            complete_fulfilment(fulfilment_pk=fulfilment.pk, actor="user:buyer", at=world.at)
        order.refresh_from_db()
        assert order.status == "completed"
        assert balance_minor("platform_fees", currency="USD") == -(1_000 + 333)
        assert balance_minor("fees_recovered", currency="USD") == -(150 + 49)
        owed = PayeeBalance.objects.order_by("pk").values_list("payable_minor", flat=True)
        assert list(owed) == [10_000 - 1_000 - 150, 3_333 - 333 - 49]

    def test_times_out_and_refunds_what_was_not_delivered(self, world: World) -> None:
        order = world.paid_order(10_000)
        swept = time_out_due(at=world.later(minutes=61))
        assert swept.done == 1
        world.hear()
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("cancelled", "refunded")
        assert Refund.objects.get().status == "succeeded"
        assert world.holds(order)[0].status == "returned"
        assert balance_minor("clearing", currency="USD") == -balance_minor("gateway_fees", currency="USD")
        payment = world.payment(order)
        assert world.sandbox.control.moved(payment.gateway_payment_id or "", "refunded") == (1, 10_000)

    def test_leaves_no_event_unexplained(self, world: World) -> None:
        world.paid_order(10_000)
        assert set(WebhookEvent.objects.values_list("state", flat=True)) <= {"processed", "ignored"}
