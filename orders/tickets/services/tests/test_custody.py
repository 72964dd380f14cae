"""Tests of where tickets are while an order goes on; the stock of their listing is right after each step."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from config.audit.models import AuditEntry
from config.kernel.states import MoveNotAllowed
from config.outbox.models import OutboxJob
from orders.catalog.models import Product
from orders.catalog.services import OutOfStock, reserve
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import (
    DeliveredByTransfer,
    ReasonWanted,
    arrive,
    begin_cancelling,
    deliver,
    finish_cancelling,
    leave_to_review,
)
from orders.order.models import Order
from orders.order.rules.pricing import InvalidQuantity
from orders.order.services import apply_payment, cancel_unpaid_order, expire_order
from orders.tests.factories import AT, item, make_order, make_product, make_seller, make_tickets, traces
from orders.tickets.models import Ticket
from orders.tickets.queries import tickets_of
from orders.tickets.services.sending import send_out

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing() -> Product:
    """Three tickets on sale."""
    tickets = make_tickets(3)
    return Product.objects.get(pk=tickets[0].product_id)


@pytest.fixture(autouse=True)
def _nobody_objects(settings: Any) -> None:
    """What money has to say is tested where money is."""
    settings.BEFORE_TRANSFER = []


def stand(listing: Product) -> tuple[Counter[str], int]:
    """How many tickets stand where, and the stock."""
    listing.refresh_from_db()
    return Counter(Ticket.objects.filter(product=listing).values_list("status", flat=True)), listing.stock


def pay(order: Order) -> Fulfilment:
    apply_payment(order, amount_minor=order.total_minor, actor="test", at=AT)
    return order.fulfilments.get()


class TestReserve:
    def test_an_order_takes_concrete_tickets_the_oldest_first(self, listing: Product) -> None:
        order = make_order(item(listing, 2))
        part = order.fulfilments.get()
        assert part.is_ticketed
        first, second, _ = Ticket.objects.order_by("pk")
        assert list(tickets_of(part.pk)) == [first, second]
        assert first.line == second.line == order.lines.get()
        assert stand(listing) == (Counter(reserved=2, listed=1), 1)
        entry = AuditEntry.objects.get(subject_id=first.public_id, to_state="reserved")
        assert (entry.actor, entry.facts) == ("guest", {"order": order.public_id})

    def test_more_than_there_are_takes_none(self, listing: Product) -> None:
        before = traces()
        with pytest.raises(OutOfStock):
            make_order(item(listing, 4))
        assert traces() == before

    def test_a_cart_of_both_kinds_takes_both_or_none(self, listing: Product) -> None:
        shirt = make_product(seller=listing.seller, stock=1)
        before = traces()
        with pytest.raises(OutOfStock):
            make_order(item(listing, 1), item(shirt, 2))
        assert traces() == before
        order = make_order(item(listing, 1), item(shirt, 1))
        assert order.fulfilments.get().is_ticketed
        assert (stand(listing)[1], Product.objects.get(pk=shirt.pk).stock) == (2, 0)

    def test_the_part_of_another_seller_has_no_tickets(self, listing: Product) -> None:
        order = make_order(item(listing), item(make_product(seller=make_seller())))
        assert list(order.fulfilments.order_by("pk").values_list("is_ticketed", flat=True)) == [True, False]

    def test_nobody_buys_a_whole_hall_at_once(self, listing: Product) -> None:
        before = traces()
        with pytest.raises(InvalidQuantity):
            make_order(item(listing, 51))
        assert traces() == before

    def test_what_became_ticketed_after_the_cart_was_priced_is_not_sold_without_a_ticket(self) -> None:
        """A cart that was priced before the listing had tickets has reserved none of them."""
        listing = make_product(stock=0)
        make_tickets(2, product=listing)
        with pytest.raises(OutOfStock):
            reserve(quantities={listing.pk: 1})
        assert stand(listing) == (Counter(listed=2), 2)


class TestUnpaid:
    def test_what_expires_is_listed_again(self, listing: Product) -> None:
        order = make_order(item(listing, 2))
        assert expire_order(order, actor="test", at=AT + timedelta(days=1))
        assert stand(listing) == (Counter(listed=3), 3)
        assert not Ticket.objects.exclude(line=None).exists()
        assert not expire_order(order, actor="test", at=AT + timedelta(days=1))
        assert stand(listing) == (Counter(listed=3), 3)

    def test_what_is_cancelled_unpaid_too_beside_pieces_without_tickets(self, listing: Product) -> None:
        shirt = make_product(seller=listing.seller, stock=5)
        order = make_order(item(listing, 1), item(shirt, 2))
        assert cancel_unpaid_order(order, actor="test", at=AT)
        assert stand(listing) == (Counter(listed=3), 3)
        assert Product.objects.get(pk=shirt.pk).stock == 5


class TestPaid:
    def test_they_are_in_escrow_with_the_order(self, listing: Product) -> None:
        pay(make_order(item(listing, 2)))
        assert stand(listing) == (Counter(in_escrow=2, listed=1), 1)

    def test_a_cancelled_part_gives_them_to_the_seller_and_not_to_the_shelf(self, listing: Product) -> None:
        shirt = make_product(seller=listing.seller, stock=5)
        order = make_order(item(listing, 2), item(shirt, 2))
        part = pay(order)
        begin_cancelling(fulfilment=part, actor="test", at=AT)
        assert not OutboxJob.objects.filter(topic="tickets.called_back").exists()
        assert finish_cancelling(fulfilment=part, order=order, actor="test", at=AT, reason="why")
        assert stand(listing) == (Counter(released_back_to_seller=2, listed=1), 1)
        assert Product.objects.get(pk=shirt.pk).stock == 5
        assert not Ticket.objects.exclude(line=None).exists()
        assert not finish_cancelling(fulfilment=part, order=order, actor="test", at=AT)


class TestDeliver:
    def test_a_seller_does_not_deliver_tickets_past_their_provider(self, listing: Product) -> None:
        part = pay(make_order(item(listing)))
        before = traces()
        with pytest.raises(DeliveredByTransfer):
            deliver(fulfilment=part, actor="test", by_staff=False, at=AT, policy=settings.POLICY, reason="I did")
        assert traces() == before

    def test_staff_do_and_say_why(self, listing: Product) -> None:
        part = pay(make_order(item(listing)))
        before = traces()
        with pytest.raises(ReasonWanted):
            deliver(fulfilment=part, actor="test", by_staff=True, at=AT, policy=settings.POLICY, reason="  ")
        assert traces() == before
        assert deliver(fulfilment=part, actor="test", by_staff=True, at=AT, policy=settings.POLICY, reason="seen")
        assert stand(listing)[0] == Counter(delivered=1, listed=2)
        walked = AuditEntry.objects.filter(subject_type="ticket", act="move").order_by("pk")
        assert list(walked.values_list("to_state", flat=True)) == [
            "reserved", "in_escrow", "transferring", "delivered",
        ]  # fmt: skip

    @pytest.mark.parametrize("cancelling", [False, True])
    def test_the_provider_says_so_also_while_it_is_cancelled(self, listing: Product, cancelling: bool) -> None:
        order = make_order(item(listing, 2))
        part = pay(order)
        send_out(fulfilment=part, actor="test", at=AT)
        if cancelling:
            begin_cancelling(fulfilment=part, actor="test", at=AT)
        assert arrive(fulfilment=part, order=order, actor="test", at=AT, policy=settings.POLICY)
        order.refresh_from_db()
        assert (order.status, part.status) == ("delivered", "delivered")
        assert stand(listing)[0] == Counter(delivered=2, listed=1)
        assert not arrive(fulfilment=part, order=order, actor="test", at=AT, policy=settings.POLICY)


class TestCalledBack:
    def test_what_is_out_is_called_back_and_told_of_once(self, listing: Product) -> None:
        order = make_order(item(listing, 2))
        part = pay(order)
        send_out(fulfilment=part, actor="test", at=AT)
        assert begin_cancelling(fulfilment=part, actor="test", at=AT)
        assert not begin_cancelling(fulfilment=part, actor="test", at=AT)
        assert stand(listing)[0] == Counter(cancelling=2, listed=1)

    def test_nobody_knows(self, listing: Product) -> None:
        order = make_order(item(listing, 2))
        part = pay(order)
        send_out(fulfilment=part, actor="test", at=AT)
        assert leave_to_review(fulfilment=part, actor="test", at=AT, reason="no answer")
        assert not leave_to_review(fulfilment=part, actor="test", at=AT, reason="no answer")
        assert (part.status, stand(listing)[0]) == ("review", Counter(review=2, listed=1))
        assert finish_cancelling(fulfilment=part, order=order, actor="test", at=AT)
        assert stand(listing) == (Counter(released_back_to_seller=2, listed=1), 1)

    def test_not_of_what_is_delivered(self, listing: Product) -> None:
        order = make_order(item(listing))
        part = pay(order)
        send_out(fulfilment=part, actor="test", at=AT)
        arrive(fulfilment=part, order=order, actor="test", at=AT, policy=settings.POLICY)
        before = traces()
        with pytest.raises(MoveNotAllowed):
            leave_to_review(fulfilment=part, actor="test", at=AT, reason="no answer")
        assert traces() == before
