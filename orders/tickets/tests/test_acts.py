"""What an operator can do about a ticket: each act for its roles and states, told before, and kept with a reason."""

from __future__ import annotations

import pytest
from django.test import Client

from config.accounts.roles import Role
from config.admin.acts import Asked, offered
from config.audit.models import AuditEntry
from orders.catalog.models import Product
from orders.tests.factories import (
    AT,
    item,
    make_paid_order,
    make_tickets,
    make_user,
    traces,
)
from orders.tests.operators import act, page_of, signed_in, text_of
from orders.tickets.acts import RELIST, REVEAL, TRANSFER, VOID
from orders.tickets.models import Ticket
from orders.tickets.tests.seat import BARCODE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_page_alone")]


class TestOffered:
    @pytest.mark.parametrize(
        ("role", "may"),
        [
            (Role.SUPPORT, []),
            (Role.FINANCE, []),
            (Role.AUDITOR, []),
            (Role.SELLER, []),
            (Role.OPERATIONS, ["void", "relist", "reveal"]),
        ],
    )
    def test_to_its_roles(self, ticket: Ticket, role: Role, may: list[str]) -> None:
        ticket.status = "released_back_to_seller"
        user = make_user(role)
        assert [each.name for each in offered((VOID, RELIST, TRANSFER, REVEAL), ticket, user=user)] == may
        ticket.status = "in_escrow"
        found = offered([TRANSFER], ticket, user=user)
        assert bool(found) is bool(may)

    @pytest.mark.parametrize(
        ("status", "may"),
        [
            ("listed", ["void", "reveal"]),
            ("reserved", ["reveal"]),
            ("in_escrow", ["transfer", "reveal"]),
            ("transferring", ["reveal"]),
            ("cancelling", ["reveal"]),
            ("review", ["reveal"]),
            ("released_back_to_seller", ["void", "relist", "reveal"]),
            ("delivered", ["reveal"]),
            ("void", ["reveal"]),
        ],
    )
    def test_where_it_stands_so(self, ticket: Ticket, status: str, may: list[str]) -> None:
        ticket.status = status
        user = make_user(Role.OPERATIONS)
        assert [each.name for each in offered((VOID, RELIST, TRANSFER, REVEAL), ticket, user=user)] == may

    def test_what_is_forgotten_is_neither_shown_nor_offered_again(self, ticket: Ticket) -> None:
        ticket.status, ticket.barcode_sealed = "released_back_to_seller", None
        assert (RELIST.fits(ticket), REVEAL.fits(ticket), VOID.fits(ticket)) == (False, False, True)


class TestEffects:
    def test_what_moves_is_shown_and_nothing_moves(self, ticket: Ticket) -> None:
        user, before = make_user(Role.OPERATIONS), traces()
        effect = VOID.effect(ticket, user, AT)
        assert [(moved.subject_id, moved.origin, moved.target) for moved in effect.moves] == [
            (ticket.public_id, "listed", "void")
        ]
        assert traces() == before

    def test_a_transfer_takes_all_tickets_of_its_part_and_of_no_other(self, ticket: Ticket) -> None:
        make_tickets(product=ticket.product, tickets=[{"barcode": "SEAT-0002"}, {"barcode": "SEAT-0003"}])
        make_paid_order(item(ticket.product, 2))
        make_paid_order(item(ticket.product))
        for each, count in zip(Ticket.objects.order_by("pk"), (2, 2, 1), strict=True):
            assert f"you send all {count} tickets of this part" in TRANSFER.effect(each, None, AT).summary

    def test_of_one_that_nobody_bought_nothing_is_sent(self, ticket: Ticket) -> None:
        before = traces()
        asked = Asked(user=make_user(Role.OPERATIONS), reason="x", at=AT, given={"provider": "manual"})
        assert TRANSFER.do(ticket, asked) is False
        assert traces() == before


class TestActs:
    def test_void_and_offer_again(self, operations: Client, ticket: Ticket) -> None:
        Ticket.objects.update(status="released_back_to_seller")
        Product.objects.update(stock=0)
        act(operations, ticket, "relist", reason="they want to")
        assert Product.objects.get().stock == 1
        act(operations, ticket, "void", reason="it is lost")
        ticket.refresh_from_db()
        assert (ticket.status, Product.objects.get().stock) == ("void", 0)
        assert AuditEntry.objects.get(to_state="void").reason == "it is lost"

    def test_the_barcode_is_shown_once_and_kept_nowhere(self, operations: Client, ticket: Ticket) -> None:
        answer = act(operations, ticket, "reveal", reason="the gate asks")
        assert BARCODE in answer.content.decode()
        assert AuditEntry.objects.get(act="barcode_revealed").reason == "the gate asks"
        assert BARCODE not in str(AuditEntry.objects.values())
        assert BARCODE not in text_of(operations.get(page_of(ticket)))

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.FINANCE, Role.AUDITOR])
    def test_not_to_who_only_looks(self, ticket: Ticket, role: Role) -> None:
        text = text_of(signed_in(make_user(role)).get(page_of(ticket)))
        assert "Show the barcode" not in text
        assert "Take it out" not in text
