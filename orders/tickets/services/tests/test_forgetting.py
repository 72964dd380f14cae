"""Tests of forgetting barcodes, by age and with their person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from config.accounts.models import User
from orders.tests.factories import AT, item, make_order, make_paid_order, make_product, make_seller, make_tickets
from orders.tickets.erasure import erase, open_things
from orders.tickets.models import Ticket
from orders.tickets.services.forgetting import AFTER_EVENT, WITHOUT_EVENT, forget_barcodes
from orders.tickets.services.listing import BarcodeListed, list_tickets
from orders.tickets.states import KEPT, PROMISED, TicketStatus
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.tests.played import make_transfer

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def ticket(status: str, **given: Any) -> Ticket:
    """One in this state, past its table."""
    (made,) = make_tickets(product=make_product(stock=0), **given)
    line = make_order(item(make_product())).lines.get() if status in PROMISED else None
    Ticket._base_manager.filter(pk=made.pk).update(status=status, line=line)
    made.refresh_from_db()
    return made


def is_kept(made: Ticket) -> bool:
    made.refresh_from_db()
    assert (made.barcode_sealed is None) == (made.barcode_digest is None) == (made.barcode_key == "")
    return made.barcode_sealed is not None


class TestForgetBarcodes:
    def test_half_a_year_after_the_event_of_what_has_left_custody(self) -> None:
        gone = ticket("delivered", event_at=AT)
        young = ticket("delivered", event_at=AT + DAY)
        assert forget_barcodes(at=AT + AFTER_EVENT + DAY, batch=1) == 1
        assert (is_kept(gone), is_kept(young), gone.masked, gone.barcode) == (False, True, "", "")
        assert forget_barcodes(at=AT + AFTER_EVENT + DAY) == 0

    def test_two_years_after_its_listing_where_nobody_named_an_event(self) -> None:
        old = ticket("void")
        assert forget_barcodes(at=AT + AFTER_EVENT + DAY) == 0
        assert forget_barcodes(at=AT + WITHOUT_EVENT + DAY) == 1
        assert not is_kept(old)

    @pytest.mark.parametrize("status", sorted(KEPT))
    def test_never_of_what_is_in_custody(self, status: str) -> None:
        kept = ticket(status, event_at=AT)
        assert forget_barcodes(at=AT + 10 * AFTER_EVENT) == 0
        assert is_kept(kept)


class TestErasure:
    def test_what_is_in_custody_is_open(self) -> None:
        seller = make_seller()
        make_tickets(2, product=make_product(stock=0, seller=seller))
        assert open_things(person=seller) == ["2 tickets of theirs are in custody"]
        Ticket.objects.update(status=TicketStatus.VOID)
        assert open_things(person=seller) == []

    def bought(self, person: User, status: str = "delivered", **given: Any) -> Ticket:
        made = ticket(status, **given)
        order = make_order(item(make_product()), buyer=person)
        Ticket.objects.filter(pk=made.pk).update(line=order.lines.get())
        return made

    @pytest.mark.parametrize(("days", "is_open"), [(1, True), (-1, False)])
    def test_and_what_they_bought_for_an_event_to_come(self, days: int, is_open: bool) -> None:
        buyer = make_seller()
        made = self.bought(buyer, event_at=timezone.now() + days * DAY)
        said = ["1 ticket of theirs is for an event to come"] if is_open else []
        assert open_things(person=buyer) == said
        assert open_things(person=made.seller) == []
        Ticket.objects.filter(pk=made.pk).update(passed_on=True)
        assert open_things(person=buyer) == []

    def test_barcodes_of_what_they_have_go_and_what_they_sold_is_its_buyers(self) -> None:
        person = make_seller()
        sold, out, others = ticket("delivered", event_at=AT), ticket("released_back_to_seller"), ticket("delivered")
        bought = self.bought(person, event_at=AT)
        Ticket.objects.filter(pk__in=(sold.pk, out.pk)).update(seller=person)
        assert [erase(person=person, batch=1, at=AT) for _ in range(3)] == [1, 1, 0]
        assert [is_kept(each) for each in (sold, out, bought, others)] == [True, False, False, True]
        buyer = make_seller()
        Ticket.objects.filter(pk=sold.pk).update(line=make_order(item(make_product()), buyer=buyer).lines.get())
        assert erase(person=buyer, batch=9, at=AT) == 1
        assert not is_kept(sold)

    def test_what_was_bought_to_no_known_event_is_not_free_for_who_sold_it(self) -> None:
        """Nobody knows whether it still lets its buyer in: it goes by age, and until then nobody sells it again."""
        buyer = make_seller()
        bought = self.bought(buyer)
        assert open_things(person=buyer) == []
        assert erase(person=buyer, batch=9, at=AT + WITHOUT_EVENT) == 0
        assert is_kept(bought)
        again = [{"barcode": bought.barcode}]
        product = make_product(stock=0, seller=bought.seller)
        with pytest.raises(BarcodeListed):
            list_tickets(product_id=product.pk, tickets=again, actor="test", at=AT)
        assert forget_barcodes(at=AT + WITHOUT_EVENT + DAY) == 1

    def test_but_what_they_listed_anew_is_its_next_owners_alone(self) -> None:
        buyer = make_seller()
        bought = self.bought(buyer)
        Ticket.objects.filter(pk=bought.pk).update(passed_on=True)
        assert erase(person=buyer, batch=9, at=AT) == 1
        assert not is_kept(bought)

    @pytest.mark.parametrize(("said", "kept"), [("accepted", True), ("cancelled", False)])
    def test_what_a_person_said_to_be_its_buyers_stays_though_it_went_back(self, said: str, kept: bool) -> None:
        seller = make_seller()
        back = ticket("released_back_to_seller")
        Ticket.objects.filter(pk=back.pk).update(seller=seller)
        part = make_paid_order(item(make_product(seller=seller))).fulfilments.get()
        transfer = make_transfer(part=part, provider="manual", tickets=(back.public_id,))
        TicketTransfer._base_manager.filter(pk=transfer.pk).update(status=said, ended_at=AT)
        assert erase(person=seller, batch=9, at=AT) == int(not kept)
        assert is_kept(back) == kept

    def test_a_batch_is_never_more_than_it_may_be(self) -> None:
        person = make_seller()
        self.bought(person, event_at=AT)
        Ticket.objects.filter(pk=ticket("void").pk).update(seller=person)
        assert [erase(person=person, batch=size, at=AT) for size in (1, 5, 5)] == [1, 1, 0]
