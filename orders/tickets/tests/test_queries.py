"""Reads of tickets keep to their part, in the order in which they are locked, and find a barcode under every key."""

from __future__ import annotations

from typing import Any

import pytest

from orders.tests.factories import item, make_order, make_paid_order, make_product, make_tickets
from orders.tickets.models import Ticket
from orders.tickets.queries import lock_tickets, tickets_are_out, tickets_of, with_barcode
from orders.tickets.states import TicketStatus

pytestmark = pytest.mark.django_db


def two_parts() -> tuple[int, int, list[Ticket]]:
    """(a part with two tickets, another with one, all three by age)."""
    product = make_product(stock=0)
    made = make_tickets(4, product=product)
    first = make_paid_order(item(product, 2)).fulfilments.get()
    second = make_order(item(product)).fulfilments.get()
    return first.pk, second.pk, made[:3]


def test_a_part_has_its_own_the_oldest_first() -> None:
    first, second, made = two_parts()
    Ticket.objects.filter(pk=made[0].pk).update(label="written again")
    assert list(tickets_of(first)) == made[:2]
    assert list(tickets_of(second)) == made[2:]


class TestLock:
    def test_locks_the_tickets_of_these_parts_alone_by_age(self, django_assert_num_queries: Any) -> None:
        first, second, made = two_parts()
        with django_assert_num_queries(1) as captured:
            assert lock_tickets([second, first]) == made
        assert 'FOR UPDATE OF "orders_ticket"' in captured[0]["sql"]
        assert 'ORDER BY "orders_ticket"."id" ASC' in captured[0]["sql"]
        assert lock_tickets([second]) == made[2:]

    def test_asks_for_nothing_where_there_is_nothing(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            assert lock_tickets([]) == []


PROMISED = [each for each in TicketStatus if each not in ("listed", "released_back_to_seller", "void")]


@pytest.mark.parametrize("status", PROMISED)
def test_are_out_where_a_provider_has_any(status: TicketStatus) -> None:
    first, second, made = two_parts()
    Ticket.objects.filter(pk=made[1].pk).update(status=status)
    assert tickets_are_out(first) is (status in ("transferring", "cancelling", "review"))
    assert not tickets_are_out(second)


def test_a_barcode_is_found_under_whichever_key_it_is_kept(settings: Any) -> None:
    (old,) = make_tickets(tickets=[{"barcode": "SEAT-0001"}])
    make_tickets(tickets=[{"barcode": "SEAT-0002"}])
    assert list(with_barcode("SEAT-0001")) == [old]
    assert not with_barcode("SEAT-0003").exists()
