"""Tests of what money has to say about tickets, and of what becomes of it when their provider has spoken."""

from __future__ import annotations

from collections import Counter

import pytest

from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import NotAwaiting
from orders.order.models import Order
from orders.tickets.models import Ticket
from orders.tickets.services.sending import PartRefunded, TicketsNotInEscrow, send_out
from payments.escrow.services.cancel import CannotCancel, cancel_fulfilment, time_out_fulfilment
from payments.escrow.services.custody import check_may_go
from payments.escrow.services.freeze import freeze_hold
from payments.escrow.services.release import HoldFrozen, HoldNotHeld
from payments.refunds.models import Refund
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def part_of(order: Order) -> Fulfilment:
    return order.fulfilments.get()


def send(order: Order, *, at: object = None) -> Fulfilment:
    """Its tickets go to a provider."""
    part = part_of(order)
    send_out(fulfilment=part, actor="user:seller", at=at or order.created_at)  # type: ignore[arg-type]
    return part


def tickets(order: Order) -> Counter[str]:
    """Where the tickets stand that were ever on sale in this order's listings."""
    listings = order.lines.values_list("product_id", flat=True)
    return Counter(Ticket.objects.filter(product__in=list(listings)).values_list("status", flat=True))


class TestCaptured:
    def test_the_tickets_are_in_escrow_with_the_money(self, world: World) -> None:
        order = world.ticketed_order(10_000, tickets=2)
        (hold,) = world.holds(order)
        assert (order.status, hold.status, tickets(order)) == ("paid", "held", Counter(in_escrow=2, listed=1))


class TestTimeOutOfTickets:
    def test_what_never_went_out_goes_back_to_its_seller_in_the_commit_of_the_refund(self, world: World) -> None:
        order = world.ticketed_order(10_000, tickets=2)
        part = part_of(order)
        world.later(minutes=61)
        assert time_out_fulfilment(fulfilment_pk=part.pk, at=world.at)
        order.refresh_from_db()
        part.refresh_from_db()
        (hold,), refund = world.holds(order), Refund.objects.get()
        assert (order.status, part.status, hold.status) == ("cancelled", "cancelled", "returned")
        assert (refund.cause, refund.amount_minor) == ("timeout", 20_000)
        assert tickets(order) == Counter(released_back_to_seller=2, listed=1)
        assert order.lines.get().product.stock == 1

    def test_what_is_out_is_called_back_and_nothing_is_given_for_it_yet(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        world.later(minutes=61)
        assert time_out_fulfilment(fulfilment_pk=part.pk, at=world.at)
        part.refresh_from_db()
        (hold,) = world.holds(order)
        assert (part.status, hold.status, Refund.objects.count()) == ("cancelling", "held", 0)
        assert tickets(order) == Counter(cancelling=1, listed=1)
        before = everything()
        assert not time_out_fulfilment(fulfilment_pk=part.pk, at=world.at)
        assert everything() == before

    def test_not_while_its_money_is_frozen(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        (hold,) = world.holds(order)
        freeze_hold(hold_pk=hold.pk, reason="operator", actor="test", note="", at=world.at)
        before = everything()
        with pytest.raises(CannotCancel):
            time_out_fulfilment(fulfilment_pk=part.pk, at=world.later(minutes=61))
        assert everything() == before


class TestCancelOfTickets:
    def test_by_the_seller_after_they_went_out(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        part = send(order)
        assert cancel_fulfilment(fulfilment_pk=part.pk, actor="user:seller", reason="mine", at=world.at)
        assert not cancel_fulfilment(fulfilment_pk=part.pk, actor="user:seller", reason="mine", at=world.at)
        assert (tickets(order), Refund.objects.count()) == (Counter(cancelling=1, listed=1), 0)

    def test_by_the_seller_before(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        assert cancel_fulfilment(fulfilment_pk=part_of(order).pk, actor="user:seller", reason="mine", at=world.at)
        assert tickets(order) == Counter(released_back_to_seller=1, listed=1)
        assert Refund.objects.get().cause == "cancelled"


class TestMayGo:
    def test_not_while_money_is_frozen(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        (hold,) = world.holds(order)
        freeze_hold(hold_pk=hold.pk, reason="dispute", actor="test", note="", at=world.at)
        before = everything()
        with pytest.raises(HoldFrozen):
            send(order)
        assert everything() == before

    @pytest.mark.parametrize(("minor", "error"), [(10_000, NotAwaiting), (1, PartRefunded)])
    def test_not_after_money_went_back_at_the_gateway(self, world: World, minor: int, error: type[Exception]) -> None:
        order = world.ticketed_order(10_000)
        world.refund_outside(order, minor)
        world.hear()
        before = everything()
        with pytest.raises(error):
            send(order)
        assert everything() == before

    def test_not_where_the_hold_is_not_whole(self, world: World) -> None:
        part = part_of(world.order(10_000))
        with pytest.raises(HoldNotHeld):
            check_may_go(fulfilment=part)

    def test_not_twice(self, world: World) -> None:
        order = world.ticketed_order(10_000)
        send(order)
        before = everything()
        with pytest.raises(TicketsNotInEscrow):
            send(order)
        assert everything() == before
