"""What operators do about tickets that let nobody in: what moves is shown before, and nothing moves by looking."""

from __future__ import annotations

from typing import Any

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, look, page_of, text_of
from orders.order.models import Order
from orders.tests.factories import item, make_order, make_product, make_tickets, policy
from orders.tickets.models import Ticket
from payments.refunds.models import Refund
from payments.tests.test_acts import traces
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def first_of(order: Order) -> Ticket:
    return Ticket.objects.filter(line__order=order).order_by("pk")[0]


class TestVoidSold:
    def test_shows_lines_and_moves_first_and_then_undoes_the_sale(self, world: World, settings: Any) -> None:
        settings.POLICY = policy(refund_approval_threshold_minor={"USD": 50_000})
        order = world.ticketed_order(10_000, tickets=2)
        ticket, client = first_of(order), as_role(Role.OPERATIONS)
        before = traces()
        assert "What moves then is shown before anything happens" in text_of(client.get(act_of(ticket, "void-sold")))
        text = text_of(look(client, ticket, "void-sold", tickets="one"))
        for shown in ("void", "released back to seller", "$200.00", "A void ticket stays void", "refund $200.00 of"):
            assert shown in text, shown
        assert traces() == before
        assert "The sale is undone" in text_of(confirm(client, ticket, "void-sold", reason="forged", tickets="one"))
        ticket.refresh_from_db()
        assert (ticket.status, Refund.objects.get().status) == ("void", "approved")
        assert Ticket.objects.filter(status="released_back_to_seller").count() == 1

    def test_where_it_is_too_much_for_one_person_it_waits(self, world: World, settings: Any) -> None:
        settings.POLICY = policy(refund_approval_threshold_minor={"USD": 1})
        order = world.ticketed_order(10_000, tickets=2)
        ticket, client = first_of(order), as_role(Role.OPERATIONS)
        assert "A second person must approve it" in text_of(look(client, ticket, "void-sold", tickets="all"))
        answer = confirm(client, ticket, "void-sold", reason="called off", tickets="all")
        assert "a second person must approve the refund" in text_of(answer)
        assert set(Ticket.objects.filter(line__order=order).values_list("status", "is_invalid")) == {
            ("in_escrow", True)
        }
        assert "Found invalid" in text_of(client.get(page_of(ticket)))

    def test_of_what_is_not_paid_for_it_says_that_its_payment_is_closed_first(self, world: World) -> None:
        listing = make_product(prices={"USD": 10_000}, stock=0)
        make_tickets(2, product=listing)
        order = make_order(item(listing, 1), currency="USD", at=world.at)
        world.start(order)
        client = as_role(Role.OPERATIONS)
        text = text_of(look(client, first_of(order), "void-sold", tickets="one"))
        assert "Its payment is closed at the gateway first" in text
        ticket = first_of(order)
        confirm(client, ticket, "void-sold", reason="forged", tickets="one")
        ticket.refresh_from_db()
        order.refresh_from_db()
        assert (ticket.status, order.status) == ("void", "cancelled")

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.FINANCE, Role.AUDITOR])
    def test_only_by_operations(self, world: World, role: Role) -> None:
        ticket = first_of(world.ticketed_order(10_000))
        before = traces()
        assert as_role(role).get(act_of(ticket, "void-sold")).status_code in (302, 403, 404)
        assert "It lets nobody in" not in text_of(as_role(role).get(page_of(ticket)))
        assert traces() == before

    def test_not_of_what_is_on_sale(self, world: World) -> None:
        (ticket,) = make_tickets(1)
        assert "It lets nobody in" not in text_of(as_role(Role.OPERATIONS).get(page_of(ticket)))
