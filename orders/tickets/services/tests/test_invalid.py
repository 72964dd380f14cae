"""Tests of tickets that were found invalid: what is written down, and what becomes of them with their part."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from config.audit.models import AuditEntry
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from orders.order.services import cancel_unpaid_order, expire_order
from orders.tests.factories import AT, item, make_order, make_tickets, traces
from orders.tickets.models import Ticket
from orders.tickets.services.invalid import TicketIsOut, TicketNotPromised, find_invalid, take_back_finding

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    """Of two tickets; a third stays on sale."""
    return make_order(item(make_tickets(3)[0].product, 2))


def find(part: Fulfilment, ticket: Ticket, *, whole_part: bool = False) -> list[Ticket]:
    return find_invalid(part=part, ticket_pk=ticket.pk, whole_part=whole_part, actor="user:ops", reason="forged", at=AT)


def marked() -> list[bool]:
    return list(Ticket.objects.order_by("pk").values_list("is_invalid", flat=True))


class TestFindInvalid:
    @pytest.mark.parametrize(("whole_part", "expected"), [(False, [True, False, False]), (True, [True, True, False])])
    def test_one_or_all_of_the_part_and_once(self, order: Order, whole_part: bool, expected: list[bool]) -> None:
        part, ticket = order.fulfilments.get(), Ticket.objects.order_by("pk")[0]
        assert len(find(part, ticket, whole_part=whole_part)) == sum(expected)
        assert marked() == expected
        before = traces()
        assert find(part, ticket, whole_part=whole_part) == []
        assert traces() == before
        assert AuditEntry.objects.filter(act="found_invalid", actor="user:ops", reason="forged").count() == sum(
            expected
        )

    def test_not_what_this_part_has_not_promised(self, order: Order) -> None:
        before = traces()
        with pytest.raises(TicketNotPromised):
            find(order.fulfilments.get(), Ticket.objects.get(status="listed"), whole_part=True)
        assert traces() == before

    def test_not_what_is_out(self, order: Order) -> None:
        ticket = Ticket.objects.order_by("pk")[0]
        Ticket.objects.filter(pk=ticket.pk).update(status="transferring")
        before = traces()
        with pytest.raises(TicketIsOut):
            find(order.fulfilments.get(), ticket)
        assert traces() == before

    @pytest.mark.parametrize("expires", [True, False])
    def test_whatever_ends_the_order_makes_it_void_and_its_stock_stays_gone(self, order: Order, expires: bool) -> None:
        find(order.fulfilments.get(), Ticket.objects.order_by("pk")[0])
        if expires:
            expire_order(order, actor="test", at=AT + timedelta(days=1))
        else:
            cancel_unpaid_order(order, actor="test", at=AT)
        assert Counter(Ticket.objects.values_list("status", flat=True)) == Counter(void=1, listed=2)
        assert order.lines.get().product.stock == 2
        assert Ticket.objects.get(status="void").line is None

    @pytest.mark.parametrize("status", ["listed", "released_back_to_seller"])
    def test_the_database_offers_none(self, status: str) -> None:
        (ticket,) = make_tickets(1)
        with pytest.raises(IntegrityError, match="never_offered"), transaction.atomic():
            Ticket.objects.filter(pk=ticket.pk).update(status=status, is_invalid=True)


class TestTakeBackFinding:
    def test_they_are_as_good_as_before(self, order: Order) -> None:
        part, ticket = order.fulfilments.get(), Ticket.objects.order_by("pk")[0]
        find(part, ticket)
        take_back_finding(parts=[part.pk], actor="user:finance", reason="it is good", at=AT)
        assert marked() == [False, False, False]
        assert AuditEntry.objects.get(act="not_invalid").subject_id == ticket.public_id
        before = traces()
        take_back_finding(parts=[part.pk], actor="user:finance", reason="it is good", at=AT)
        assert traces() == before
