"""Tests of taking tickets into custody and out of it; no barcode is there twice, whichever key it is kept under."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import IntegrityError, transaction

from config.accounts.models import User
from config.audit.models import AuditEntry
from config.kernel.errors import NotFound
from orders.catalog.models import Product
from orders.catalog.services import Changes, HasPieces, StockIsTickets, adjust_stock, update_product
from orders.order.services import cancel_unpaid_order
from orders.tests.factories import (
    AT,
    force,
    item,
    make_order,
    make_paid_order,
    make_product,
    make_seller,
    make_tickets,
    make_user,
    traces,
)
from orders.tickets.barcodes import InvalidBarcode, barcode_digests, barcode_key, seal_barcode
from orders.tickets.models import Ticket
from orders.tickets.queries import with_barcode
from orders.tickets.rules import MAX_AT_ONCE, InvalidTicket
from orders.tickets.services.listing import BarcodeListed, TicketNotFree, list_tickets, relist_ticket, void_ticket
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.tests.played import make_transfer

pytestmark = pytest.mark.django_db
BARCODE = "SEAT-0001-SECRET"


@pytest.fixture
def listing() -> Product:
    return make_product(stock=0)


def take(product: Product, *barcodes: Any, **given: Any) -> list[Ticket]:
    tickets = [{"barcode": barcode} for barcode in barcodes]
    return list_tickets(product_id=product.pk, tickets=tickets, actor="user:seller", at=AT, **given)


def stands(ticket: Ticket, status: str) -> None:
    """Puts a ticket into a state past its table."""
    line = make_order(item(make_product())).lines.get() if status not in ("void", "released_back_to_seller") else None
    Ticket._base_manager.filter(pk=ticket.pk).update(status=status, line=line)


class TestListTickets:
    def test_each_is_one_piece_of_the_stock(self, listing: Product) -> None:
        place = {"barcode": BARCODE, "section": " A ", "row": "12", "seat": "7", "label": "aisle"}
        (ticket,) = list_tickets(
            product_id=listing.pk, tickets=[place], event_name="The Band", event_at=AT, actor="user:seller", at=AT
        )
        listing.refresh_from_db()
        assert (listing.stock, listing.is_ticketed) == (1, True)
        assert (ticket.status, ticket.seller_id, ticket.event_name) == ("listed", listing.seller_id, "The Band")
        assert (ticket.place, ticket.masked) == ("section A · row 12 · seat 7 · aisle", "••••CRET")
        assert ticket.barcode == BARCODE
        entry = AuditEntry.objects.get(subject_id=ticket.public_id)
        assert (entry.act, entry.to_state, entry.facts) == ("listed", "listed", {"listing": listing.sku})

    def test_the_barcode_stands_nowhere_in_the_open(self, listing: Product) -> None:
        (ticket,) = take(listing, BARCODE)
        row = Ticket.objects.filter(pk=ticket.pk).values().get()
        assert BARCODE.encode() not in bytes(row["barcode_sealed"] or b"") + bytes(row["barcode_digest"] or b"")
        assert BARCODE not in str({name: value for name, value in row.items() if not isinstance(value, memoryview)})
        assert BARCODE not in str(list(AuditEntry.objects.values()))
        assert BARCODE not in f"{ticket} {ticket!r}"

    def test_is_found_by_it(self, listing: Product) -> None:
        (ticket,) = take(listing, BARCODE)
        assert list(with_barcode(BARCODE.lower())) == [ticket]
        assert not with_barcode("SEAT-0002-SECRET").exists()

    @pytest.mark.parametrize("count", [0, MAX_AT_ONCE + 1])
    def test_one_to_a_hundred_at_once(self, listing: Product, count: int) -> None:
        before = traces()
        with pytest.raises(InvalidTicket):
            take(listing, *[f"BARCODE-{number}" for number in range(count)])
        assert traces() == before

    @pytest.mark.parametrize(
        ("wrong", "error"),
        [
            ({"barcode": "1"}, InvalidBarcode),
            ({"seat": "x" * 41}, InvalidTicket),
            ({"row": 7}, InvalidTicket),
            ({"label": "two\nlines"}, InvalidTicket),
        ],
    )
    def test_all_or_none(self, listing: Product, wrong: dict[str, Any], error: type[Exception]) -> None:
        before = traces()
        with pytest.raises(error):
            list_tickets(
                product_id=listing.pk,
                tickets=[{"barcode": "BARCODE-1"}, {"barcode": "BARCODE-2", **wrong}],
                actor="test",
                at=AT,
            )
        assert traces() == before

    def test_not_under_a_product_that_has_pieces(self) -> None:
        product = make_product(stock=1)
        before = traces()
        with pytest.raises(HasPieces):
            take(product, BARCODE)
        assert traces() == before

    def test_nor_under_one_whose_pieces_may_come_back(self) -> None:
        product = make_product(stock=1)
        order = make_order(item(product))
        before = traces()
        with pytest.raises(HasPieces):
            take(product, BARCODE)
        assert traces() == before
        cancel_unpaid_order(order, actor="test", at=AT)

    def test_not_under_one_that_is_not_there(self) -> None:
        with pytest.raises(NotFound):
            list_tickets(product_id=0, tickets=[{"barcode": BARCODE}], actor="test", at=AT)


class TestStockOfTicketedListings:
    def test_nobody_counts_it_by_hand(self, listing: Product) -> None:
        take(listing, BARCODE)
        before = traces()
        with pytest.raises(StockIsTickets):
            adjust_stock(product_id=listing.pk, by=1, actor="test", at=AT, reason="")
        with pytest.raises(StockIsTickets):
            update_product(product_id=listing.pk, changes=Changes(stock=7), actor="test", at=AT)
        assert traces() == before
        assert update_product(product_id=listing.pk, changes=Changes(name="Other", stock=1), actor="test", at=AT)


class TestABarcodeIsInCustodyOnce:
    @pytest.mark.parametrize("status", ["listed", "reserved", "in_escrow", "transferring", "cancelling", "review"])
    def test_not_while_it_is_in_custody(self, listing: Product, status: str) -> None:
        (ticket,) = take(listing, BARCODE)
        if status != "listed":
            stands(ticket, status)
        other, before = make_product(stock=0), traces()
        before = traces()
        with pytest.raises(BarcodeListed) as refusal:
            take(other, "SEAT-0002-SECRET", f" {BARCODE.lower()}")
        assert traces() == before
        assert refusal.value.field == "tickets.1.barcode"
        assert BARCODE.lower() not in refusal.value.detail.lower()

    def test_not_twice_in_one_list(self, listing: Product) -> None:
        before = traces()
        with pytest.raises(BarcodeListed):
            take(listing, BARCODE, BARCODE.replace("-", " "))
        assert traces() == before

    @pytest.mark.parametrize("status", ["void", "released_back_to_seller"])
    def test_again_once_it_has_left(self, listing: Product, status: str) -> None:
        (ticket,) = take(listing, BARCODE)
        stands(ticket, status)
        Product.objects.filter(pk=listing.pk).update(stock=0)
        assert take(listing, BARCODE)

    def test_who_sold_it_has_it_no_more_and_its_buyer_may_list_it(self, listing: Product) -> None:
        """The last line of defence is the database's own."""
        buyer = make_seller()
        (ticket,) = take(listing, BARCODE)
        order = make_order(item(make_product()), buyer=buyer)
        Ticket._base_manager.filter(pk=ticket.pk).update(status="delivered", line=order.lines.get())
        stranger, own = make_product(stock=0), make_product(stock=0, seller=buyer)
        before = traces()
        for product in (listing, stranger):
            with pytest.raises(BarcodeListed):
                take(product, BARCODE)
        assert traces() == before
        with pytest.raises(IntegrityError, match="a_barcode_is_in_custody_once"), transaction.atomic():
            Ticket.objects.create(
                product=listing,
                seller=listing.seller,
                barcode_sealed=seal_barcode(BARCODE),
                barcode_digest=barcode_digests(BARCODE)[0],
                barcode_key=barcode_key(),
            )
        (again,) = take(own, BARCODE)
        ticket.refresh_from_db()
        assert (ticket.passed_on, again.passed_on, again.seller) == (True, False, buyer)
        with pytest.raises(BarcodeListed):
            take(listing, BARCODE)

    def test_what_a_guest_bought_nobody_lists_again(self, listing: Product) -> None:
        (ticket,) = take(listing, BARCODE)
        stands(ticket, "delivered")
        with pytest.raises(BarcodeListed):
            take(make_product(stock=0, seller=make_user()), BARCODE)

    def test_nor_under_a_newer_key(self, listing: Product, settings: Any) -> None:
        older, newer = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        settings.FIELD_ENCRYPTION_KEYS = (older,)
        (ticket,) = take(listing, BARCODE)
        settings.FIELD_ENCRYPTION_KEYS = (newer, older)
        before = traces()
        with pytest.raises(BarcodeListed):
            take(make_product(stock=0), BARCODE)
        assert traces()["Ticket"] == before["Ticket"]
        assert list(with_barcode(BARCODE)) == [ticket]


class TestATicketIsItsLastBuyers:
    """Whatever was listed anew, taken out and given back since: who has it is who bought it last."""

    @pytest.fixture
    def buyer(self) -> User:
        return make_seller()

    def buys(self, ticket: Ticket, buyer: User) -> None:
        """Delivered, a day after whatever was delivered before."""
        days = Ticket.objects.filter(status="delivered").count()
        order = make_order(item(make_product()), buyer=buyer)
        force(order.fulfilments.get(), "delivered", delivered_at=AT + timedelta(days=days))
        Ticket._base_manager.filter(pk=ticket.pk).update(status="delivered", line=order.lines.get())
        Product.objects.filter(pk=ticket.product_id).update(stock=0)

    def refused(self, act: Callable[[], Any]) -> None:
        before = traces()
        with pytest.raises(BarcodeListed):
            act()
        assert traces() == before

    @pytest.mark.parametrize("gone", ["void", "released_back_to_seller"])
    def test_not_his_who_sold_it_once_its_buyer_took_out_what_they_listed(
        self, listing: Product, buyer: User, gone: str
    ) -> None:
        (sold,) = take(listing, BARCODE)
        self.buys(sold, buyer)
        own = make_product(stock=0, seller=buyer)
        (again,) = take(own, BARCODE)
        stands(again, gone)
        Product.objects.filter(pk=own.pk).update(stock=0)
        for product in (listing, make_product(stock=0)):
            self.refused(lambda product=product: take(product, BARCODE))
        assert take(own, BARCODE), "they have it"

    def test_not_his_who_has_another_of_it_back_while_somebody_else_bought_it(
        self, listing: Product, buyer: User
    ) -> None:
        """Three rows of one barcode: two went back to the seller, one of them is sold, and taken out by its buyer."""
        (first,) = take(listing, BARCODE)
        stands(first, "released_back_to_seller")
        (second,) = take(listing, BARCODE)
        stands(second, "released_back_to_seller")
        self.buys(first, buyer)
        self.refused(lambda: relist_ticket(ticket_pk=second.pk, actor="test", at=AT))
        (again,) = take(make_product(stock=0, seller=buyer), BARCODE)
        void_ticket(ticket_pk=again.pk, actor="test", at=AT)
        self.refused(lambda: relist_ticket(ticket_pk=second.pk, actor="test", at=AT))

    def test_is_his_again_who_bought_it_back(self, listing: Product, buyer: User) -> None:
        (first,) = take(listing, BARCODE)
        stands(first, "released_back_to_seller")
        (second,) = take(listing, BARCODE)
        self.buys(second, buyer)
        (third,) = take(make_product(stock=0, seller=buyer), BARCODE)
        self.buys(third, listing.seller)
        assert relist_ticket(ticket_pk=first.pk, actor="test", at=AT)
        third.refresh_from_db()
        assert third.passed_on

    def test_nor_under_another_key(self, listing: Product, buyer: User, settings: Any) -> None:
        older, newer = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        settings.FIELD_ENCRYPTION_KEYS = (older,)
        (back,) = take(listing, BARCODE)
        stands(back, "released_back_to_seller")
        settings.FIELD_ENCRYPTION_KEYS = (newer, older)
        (sold,) = take(make_product(stock=0), BARCODE)
        self.buys(sold, buyer)
        self.refused(lambda: relist_ticket(ticket_pk=back.pk, actor="test", at=AT))

    @pytest.mark.parametrize("said", ["review", "accepted"])
    def test_stays_where_a_later_word_says_that_it_left_after_all(self, listing: Product, said: str) -> None:
        """Cancelled, and then accepted: its provider contradicts itself, and a person finds out who has it."""
        (back,) = take(listing, BARCODE)
        stands(back, "released_back_to_seller")
        Product.objects.filter(pk=listing.pk).update(stock=0)
        part = make_paid_order(item(make_product(seller=listing.seller))).fulfilments.get()
        transfer = make_transfer(part=part, provider="manual", tickets=(back.public_id,))
        ended_at = AT if said == "accepted" else None
        TicketTransfer._base_manager.filter(pk=transfer.pk).update(status=said, ended_at=ended_at)
        self.refused(lambda: relist_ticket(ticket_pk=back.pk, actor="test", at=AT))
        self.refused(lambda: take(listing, BARCODE))
        void_ticket(ticket_pk=back.pk, actor="test", at=AT)
        self.refused(lambda: take(listing, BARCODE))
        TicketTransfer._base_manager.filter(pk=transfer.pk).update(status="cancelled", ended_at=AT)
        assert take(listing, BARCODE)


class TestVoidTicket:
    def test_takes_it_off_the_shelf_for_good(self, listing: Product) -> None:
        (ticket, _) = take(listing, BARCODE, "SEAT-0002-SECRET")
        assert void_ticket(ticket_pk=ticket.pk, actor="test", at=AT, reason="lost")
        listing.refresh_from_db()
        assert listing.stock == 1
        assert not void_ticket(ticket_pk=ticket.pk, actor="test", at=AT)
        listing.refresh_from_db()
        assert listing.stock == 1

    def test_not_what_is_promised(self, listing: Product) -> None:
        (ticket,) = take(listing, BARCODE)
        make_order(item(listing))
        before = traces()
        with pytest.raises(TicketNotFree):
            void_ticket(ticket_pk=ticket.pk, actor="test", at=AT)
        assert traces() == before

    def test_what_went_back_takes_nothing_from_the_stock(self, listing: Product) -> None:
        (ticket,) = take(listing, BARCODE)
        stands(ticket, "released_back_to_seller")
        Product.objects.filter(pk=listing.pk).update(stock=0)
        assert void_ticket(ticket_pk=ticket.pk, actor="test", at=AT)
        listing.refresh_from_db()
        assert listing.stock == 0

    def test_not_one_that_is_not_there(self) -> None:
        with pytest.raises(NotFound):
            void_ticket(ticket_pk=0, actor="test", at=AT)


class TestRelistTicket:
    @pytest.fixture
    def back(self, listing: Product) -> Ticket:
        """One that went back to its seller."""
        (ticket,) = take(listing, BARCODE)
        stands(ticket, "released_back_to_seller")
        Product.objects.filter(pk=listing.pk).update(stock=0)
        return ticket

    def test_is_on_the_shelf_again(self, listing: Product, back: Ticket) -> None:
        assert relist_ticket(ticket_pk=back.pk, actor="test", at=AT)
        assert not relist_ticket(ticket_pk=back.pk, actor="test", at=AT)
        listing.refresh_from_db()
        assert listing.stock == 1

    def test_not_where_its_barcode_came_otherwise(self, listing: Product, back: Ticket) -> None:
        make_tickets(product=make_product(stock=0), tickets=[{"barcode": BARCODE}])
        before = traces()
        with pytest.raises(BarcodeListed):
            relist_ticket(ticket_pk=back.pk, actor="test", at=AT)
        assert traces() == before

    def test_not_what_is_promised_nor_what_is_forgotten(self, listing: Product, back: Ticket) -> None:
        Ticket.objects.filter(pk=back.pk).update(barcode_sealed=None, barcode_digest=None, barcode_key="")
        with pytest.raises(TicketNotFree):
            relist_ticket(ticket_pk=back.pk, actor="test", at=AT)
        (other,) = take(listing, "SEAT-0002-SECRET")
        make_order(item(listing))
        with pytest.raises(TicketNotFree):
            relist_ticket(ticket_pk=other.pk, actor="test", at=AT)
