"""Tickets go out all together, of a part that is paid, held and whole; whatever objects, none of them moves."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.audit.models import AuditEntry
from config.kernel.errors import Conflict, NotFound
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import NotAwaiting
from orders.order.models import Order, OrderLine
from orders.tests.factories import AT, force, item, make_order, make_paid_order, make_product, make_tickets, traces
from orders.tickets.models import Ticket
from orders.tickets.services.sending import PartRefunded, TicketFoundInvalid, TicketsNotInEscrow, send_out

pytestmark = pytest.mark.django_db
asked: list[str] = []


class Objection(Conflict):
    """Money keeps them here."""


def object_to_all(*, fulfilment: Fulfilment) -> None:
    asked.append(fulfilment.public_id)
    raise Objection("its money is frozen")


@pytest.fixture(autouse=True)
def _nobody_objects(settings: Any) -> None:
    """What money has to say is tested where money is."""
    settings.BEFORE_TRANSFER = []
    asked.clear()


@pytest.fixture
def part() -> Fulfilment:
    product = make_product(stock=0)
    make_tickets(3, product=product)
    return make_paid_order(item(product, 2)).fulfilments.get()


def refused(part: Fulfilment, error: type[Exception]) -> None:
    before = traces()
    with pytest.raises(error):
        send_out(fulfilment=part, actor="test", at=AT)
    assert traces() == before


class TestSendOut:
    def test_all_of_the_part_go_and_who_sent_them_is_kept(self, part: Fulfilment) -> None:
        sent = send_out(fulfilment=part, actor="user:seller", at=AT, reason="ready")
        assert sent == list(Ticket.objects.filter(status="transferring").order_by("pk"))
        assert {ticket.line.fulfilment_id for ticket in sent if ticket.line} == {part.pk}
        for ticket in sent:
            entry = AuditEntry.objects.get(subject_id=ticket.public_id, to_state="transferring")
            assert (entry.actor, entry.reason) == ("user:seller", "ready")
        assert Ticket.objects.filter(status="listed").count() == 1

    def test_order_and_part_are_locked_before_the_tickets_are_read(self, part: Fulfilment) -> None:
        with CaptureQueriesContext(connection) as captured:
            send_out(fulfilment=part, actor="test", at=AT)
        asked_for = [each["sql"] for each in captured]
        locks = [sql for sql in asked_for if "FOR UPDATE" in sql]
        assert 'FROM "orders_order"' in locks[0]
        assert 'FROM "orders_fulfilment"' in locks[1]
        read = next(sql for sql in asked_for if 'FROM "orders_ticket"' in sql)
        assert asked_for.index(read) > asked_for.index(locks[1])

    def test_a_part_as_it_was_looked_at_is_looked_at_again(self, part: Fulfilment) -> None:
        Fulfilment.objects.filter(pk=part.pk).update(status="cancelling")
        refused(part, NotAwaiting)
        assert part.status == "cancelling"


class TestRefuses:
    def test_a_part_without_tickets(self) -> None:
        refused(make_paid_order().fulfilments.get(), NotFound)

    def test_one_that_is_not_paid_for(self) -> None:
        product = make_product(stock=0)
        make_tickets(product=product)
        refused(make_order(item(product)).fulfilments.get(), NotAwaiting)

    @pytest.mark.parametrize("status", ["delivered", "cancelling", "cancelled", "review", "completed"])
    def test_one_that_awaits_nothing(self, part: Fulfilment, status: str) -> None:
        force(part, status)
        refused(part, NotAwaiting)

    @pytest.mark.parametrize("status", ["refunded", "cancelled", "completed"])
    def test_one_of_an_order_that_is_over(self, part: Fulfilment, status: str) -> None:
        force(Order.objects.get(pk=part.order_id), status)
        refused(part, NotAwaiting)

    def test_one_of_which_any_money_went_back(self, part: Fulfilment) -> None:
        OrderLine.objects.filter(fulfilment=part).update(refunded_minor=1)
        refused(part, PartRefunded)

    def test_money_of_another_part_is_no_reason(self, part: Fulfilment) -> None:
        other = make_paid_order().fulfilments.get()
        OrderLine.objects.filter(fulfilment=other).update(refunded_minor=1)
        assert len(send_out(fulfilment=part, actor="test", at=AT)) == 2

    def test_one_that_is_not_whole_here(self, part: Fulfilment) -> None:
        first = Ticket.objects.filter(line__fulfilment=part).order_by("pk")[0]
        Ticket.objects.filter(pk=first.pk).update(status="transferring")
        refused(part, TicketsNotInEscrow)

    def test_one_with_a_ticket_that_lets_nobody_in(self, part: Fulfilment) -> None:
        last = Ticket.objects.filter(line__fulfilment=part).order_by("-pk")[0]
        Ticket.objects.filter(pk=last.pk).update(is_invalid=True)
        refused(part, TicketFoundInvalid)

    def test_one_that_money_objects_to(self, part: Fulfilment, settings: Any) -> None:
        settings.BEFORE_TRANSFER = [f"{__name__}.object_to_all"]
        refused(part, Objection)
        assert asked == [part.public_id]
