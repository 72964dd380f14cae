"""Whose ticket it is to the caller: strangers learn nothing of it, also not that it is there."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory, force_authenticate

from config.accounts.models import User
from config.accounts.roles import Role
from config.kernel.errors import NotFound
from orders.order.access import access_token
from orders.order.doors import Capacity
from orders.order.models import Order
from orders.tests.factories import AT, item, make_order, make_paid_order, make_product, make_tickets, make_user
from orders.tickets.doors import NoTransfer, bought_ticket, its_transfer, own_ticket, ticket_rows
from orders.tickets.models import Ticket
from orders.tickets.transfers.models import TicketTransfer

pytestmark = pytest.mark.django_db


def asks(user: User | None = None, *, token: str = "") -> Request:
    """A request of this person, or of a guest with this token."""
    headers = {"X-Order-Token": token} if token else {}
    request = APIRequestFactory().get("/", headers=headers)
    force_authenticate(request, user=user)
    return Request(request)


@pytest.fixture
def buyer() -> User:
    return make_user(Role.BUYER)


@pytest.fixture
def ticket() -> Ticket:
    return make_tickets(product=make_product(stock=0))[0]


@pytest.fixture
def order(ticket: Ticket, buyer: User) -> Order:
    return make_paid_order(item(ticket.product), buyer=buyer)


class TestRows:
    def test_the_newest_first_with_all_that_is_shown_of_them(self, django_assert_num_queries: Any) -> None:
        product = make_product(stock=0)
        first, second = make_tickets(2, product=product)
        make_paid_order(item(product), buyer=make_user(Role.BUYER))
        with django_assert_num_queries(1):
            newer, older = ticket_rows()
            assert (newer, older) == (second, first)
            assert older.line is not None
            assert older.line.order.buyer is not None
            assert older.line.fulfilment.status
            assert newer.product.sku


class TestOwn:
    def test_its_seller_and_those_of_ours_who_may_for_everyone(self, ticket: Ticket) -> None:
        for user in (ticket.seller, make_user(Role.OPERATIONS)):
            assert own_ticket(asks(user), ticket.public_id, code="tickets.write") == ticket

    @pytest.mark.parametrize("role", [Role.SELLER, Role.BUYER, Role.SUPPORT, Role.FINANCE, None])
    def test_nobody_else(self, ticket: Ticket, role: Role | None) -> None:
        user = None if role is None else make_user(role)
        with pytest.raises(NotFound):
            own_ticket(asks(user), ticket.public_id, code="tickets.write")

    def test_a_seller_only_what_sellers_may(self, ticket: Ticket) -> None:
        with pytest.raises(NotFound):
            own_ticket(asks(ticket.seller), ticket.public_id, code="tickets.confirm")

    def test_not_another_one(self, ticket: Ticket) -> None:
        with pytest.raises(NotFound):
            own_ticket(asks(ticket.seller), "tkt_none", code="tickets.write")


class TestBought:
    def bought(self, ticket: Ticket, request: Request, code: str = "tickets.confirm") -> Any:
        return bought_ticket(request, ticket.public_id, code=code, at=AT)

    def test_its_buyer(self, ticket: Ticket, order: Order, buyer: User) -> None:
        found, caller = self.bought(ticket, asks(buyer))
        assert (found, caller.order, caller.capacity) == (ticket, order, Capacity.BUYER)
        assert (caller.actor, caller.user) == (buyer.actor, buyer)

    def test_a_guest_with_the_token_of_its_order(self, ticket: Ticket, order: Order) -> None:
        found, caller = self.bought(ticket, asks(token=access_token(order)))
        assert (found, caller.capacity, caller.user) == (ticket, Capacity.GUEST, None)

    def test_nobody_with_the_token_of_another_one(self, ticket: Ticket, order: Order) -> None:
        with pytest.raises(NotFound):
            self.bought(ticket, asks(token=access_token(make_order())))

    def test_a_buyer_only_what_buyers_may(self, ticket: Ticket, order: Order, buyer: User) -> None:
        with pytest.raises(NotFound):
            self.bought(ticket, asks(buyer), "tickets.write")

    @pytest.mark.parametrize("role", [Role.BUYER, Role.OPERATIONS, Role.ADMINISTRATOR, None])
    def test_neither_strangers_nor_those_of_ours(self, ticket: Ticket, order: Order, role: Role | None) -> None:
        with pytest.raises(NotFound):
            self.bought(ticket, asks(None if role is None else make_user(role)), "tickets.view")

    def test_not_its_seller(self, ticket: Ticket, order: Order) -> None:
        for code in ("tickets.confirm", "tickets.view"):
            with pytest.raises(NotFound):
                self.bought(ticket, asks(ticket.seller), code)

    def test_nobody_what_nobody_bought(self, ticket: Ticket, buyer: User) -> None:
        with pytest.raises(NotFound):
            self.bought(ticket, asks(buyer))


class TestTransfer:
    def test_is_that_of_its_part(self, ticket: Ticket, order: Order) -> None:
        ticket.refresh_from_db()
        with pytest.raises(NoTransfer):
            its_transfer(ticket)
        given: dict[str, Any] = {"provider": "manual", "status": "initiated", "ticket_ids": ["tkt_1"], "expires_at": AT}
        TicketTransfer.objects.create(fulfilment=make_paid_order().fulfilments.get(), **given)
        with pytest.raises(NoTransfer):
            its_transfer(ticket)
        mine = TicketTransfer.objects.create(fulfilment=order.fulfilments.get(), **given)
        assert its_transfer(ticket) == mine

    def test_there_is_none_of_what_nobody_bought(self, ticket: Ticket) -> None:
        with pytest.raises(NoTransfer):
            its_transfer(ticket)
